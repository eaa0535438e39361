"""Why the door refused bytes: a closed list of codes and one exception."""

from enum import StrEnum

from harness.errors import HarnessError


class RefusalCode(StrEnum):
    """Reasons for refusing a document. Stored in findings, so never renamed."""

    EMPTY = "empty"
    TOO_LARGE = "too-large"
    COMPRESSED = "compressed"
    HTML = "html"
    JSON = "json"
    CHARSET = "charset"
    NOT_WELL_FORMED = "not-well-formed"
    DTD = "dtd"
    PROCESSING_INSTRUCTION = "processing-instruction"
    DEPTH = "depth"
    ATTRIBUTES = "attributes"
    ELEMENTS = "elements"
    TEXT = "text"
    NAME = "name"


_SENTENCES = {
    RefusalCode.EMPTY: "There is no document: nothing, or only white space.",
    RefusalCode.TOO_LARGE: "The document is larger than a message may be.",
    RefusalCode.COMPRESSED: "The document is gzip data, not XML.",
    RefusalCode.HTML: "The document is an HTML page, not a message.",
    RefusalCode.JSON: "The document is JSON, not XML.",
    RefusalCode.CHARSET: "The document is not plain UTF-8 or UTF-16, or declares another encoding.",
    RefusalCode.NOT_WELL_FORMED: "The document is not well-formed XML 1.0.",
    RefusalCode.DTD: "The document has a document type declaration, which SOAP forbids.",
    RefusalCode.PROCESSING_INSTRUCTION: (
        "The document has a processing instruction, which SOAP forbids."
    ),
    RefusalCode.DEPTH: "The elements are nested too deeply.",
    RefusalCode.ATTRIBUTES: "An element has too many attributes or namespace declarations.",
    RefusalCode.ELEMENTS: "The document has too many elements.",
    RefusalCode.TEXT: "A text or an attribute value is too long.",
    RefusalCode.NAME: "An element, attribute or namespace name is too long.",
}


class Refused(HarnessError):
    """Bytes that may not enter as XML. Holds nothing of the document but its shape.

    Attributes:
        code: the reason.
        line: 1-based line the document was refused at; 0 when it was refused as a whole.
        detail: a limit (``"64"``) or the parser's name of the error; never text of the document.
    """

    def __init__(self, code: RefusalCode, line: int = 0, detail: str = "") -> None:
        super().__init__(_SENTENCES[code], where=f"line {line}" if line else "")
        self.code = code
        self.line = line
        self.detail = detail
