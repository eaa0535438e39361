"""``python -m bench.large WHO ITEMS BYTES ANSWER``: one large message and its answer.

Prints seconds in all, seconds of building the message, and the process's peak of memory. WHO is
``raw`` (lxml and its validator), ``zeep`` (builds and decodes) or ``harness`` (builds and judges).
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

from lxml import etree

from bench import messages
from bench.processes import peak
from harness.exchange.judge import judge_answer, judge_request
from harness.exchange.messages import Answer, Body, Exchange
from harness.limits import DEFAULT, MIB
from harness.vocabulary import Verdict

LIMITS: Final = replace(
    DEFAULT, max_message_bytes=1024 * MIB, max_elements=10_000_000, max_text=1024 * MIB
)
"""Raised for this measurement."""
_SOAP: Final = "{http://schemas.xmlsoap.org/soap/envelope/}"
_NS: Final = f"{{{messages.NAMESPACE}}}"
_HEADERS: Final = (("Content-Type", "text/xml; charset=utf-8"),)

Values = dict[str, object]
Job = Callable[[Values, bytes], float]


def raw(values: Values, told: bytes) -> float:
    """Written, parsed and validated, both ways."""
    schema = etree.XMLSchema(etree.parse(messages.contract().folder / "Viranomaispalvelut.xsd"))
    start = time.perf_counter()
    envelope = etree.Element(f"{_SOAP}Envelope")
    body = etree.SubElement(envelope, f"{_SOAP}Body")
    _write(etree.SubElement(body, f"{_NS}{messages.OPERATION}"), values)
    data = etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
    seconds = time.perf_counter() - start
    for each in (data, told):
        schema.assertValid(etree.fromstring(each)[0][0])
    return seconds


def _write(parent: etree._Element, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        if name in {"AsiakasTunnus", "TunnusTyyppi"}:
            parent.set(name, cast("str", value))
        for each in value if isinstance(value, list) else [value]:
            if name not in {"AsiakasTunnus", "TunnusTyyppi"}:
                _content(etree.SubElement(parent, f"{_NS}{name}"), each)


def _content(element: etree._Element, value: object) -> None:
    if isinstance(value, dict):
        _write(element, value)
    elif isinstance(value, bytes):
        import base64  # noqa: PLC0415 - for one kind of value

        element.text = base64.b64encode(value).decode()
    else:
        element.text = str(value)


def by_zeep(values: Values, told: bytes) -> float:
    """Built and decoded."""
    import zeep  # noqa: PLC0415 - its memory counts in this job

    folder = messages.contract().folder
    client: Any = zeep.Client(str(folder / "Viranomaispalvelut.wsdl"))  # type: ignore[no-untyped-call]
    start = time.perf_counter()
    envelope = client.create_message(client.service, messages.OPERATION, **values)
    etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
    seconds = time.perf_counter() - start
    operation = client.service._binding.get(messages.OPERATION)  # noqa: SLF001 - the way to decode
    operation.process_reply(etree.fromstring(told))
    return seconds


def harness(values: Values, told: bytes) -> float:
    """Built and judged, both ways."""
    start = time.perf_counter()
    asked = messages.request(values)
    seconds = time.perf_counter() - start
    found = judge_request(messages.contract(), asked, limits=LIMITS)
    answer = Exchange(asked, Answer(200, _HEADERS, Body(told)))
    judged = judge_answer(messages.contract(), asked, answer, limits=LIMITS)
    for each in (found, judged):
        if each.verdict is not Verdict.PASSED:
            raise RuntimeError(str(each.findings[:3]))
    return seconds


JOBS: Final[Mapping[str, Job]] = {"raw": raw, "zeep": by_zeep, "harness": harness}


def main(who: str, items: int, size: int, file: Path) -> None:
    """Do one job and print what it took."""
    values = messages.batch(items, attachment=bytes(range(256)) * (size // 256))
    told = file.read_bytes()
    messages.contract().check()
    start = time.perf_counter()
    building = JOBS[who](values, told)
    seconds = time.perf_counter() - start
    sys.stdout.write(json.dumps({"seconds": seconds, "building": building, "peak": peak()}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
