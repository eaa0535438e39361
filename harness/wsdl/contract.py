"""One version of one interface: its files, what they say, and what can be done with it."""

import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from harness.errors import ContractError, ScenarioError
from harness.limits import DEFAULT, Limits
from harness.redact import shown_name
from harness.wsdl import pinned as pinned_module
from harness.wsdl.findings import SchemaFinding
from harness.wsdl.operation import Operation
from harness.wsdl.pinned import Pinned, pin

if TYPE_CHECKING:
    from datetime import date

    from lxml import etree

    from harness.wsdl.assembling import Assembly
    from harness.wsdl.findings import ContractFinding
    from harness.wsdl.operation import Port
    from harness.wsdl.reading import Description
    from harness.wsdl.schema import Schema
    from harness.wsdl.sources import Sources
    from harness.wsdl.writing import Writer


class Contract:
    """A contract whose files are as pinned.

    Reading, compiling and writing are each done at first need and then kept, so that a command
    pays for what it uses: the description is read for ``operations``, the schema compiled for
    ``validate``, zeep loaded for ``build``. Instances may be shared by threads.

    Attributes:
        name: for instance ``asiointitili/viranomaispalvelut``.
        version: for instance ``1.7-2024-04``.
        title, source, certain, inferred: texts for people, from ``contract.toml``.
        date: when this version appeared.
        retires: the first day on which the interface no longer answers, when known.
        digest: SHA-256 over all files and locations, lower-case hex.
        files: file name to bytes.
    """

    def __init__(self, pinned: Pinned, limits: Limits = DEFAULT) -> None:
        manifest = pinned.manifest
        self.folder: Path = pinned.folder
        self.files: Mapping[str, bytes] = pinned.files
        self.name: str = manifest.name
        self.version: str = manifest.version
        self.title: str = manifest.title
        self.interface: str = manifest.interface
        self.source: str = manifest.source
        self.date: date = manifest.date
        self.retires: date | None = manifest.retires
        self.certain: tuple[str, ...] = manifest.certain
        self.inferred: tuple[str, ...] = manifest.inferred
        self.digest: str = manifest.digest
        self.locations: Mapping[str, str] = manifest.locations
        self._health = manifest.health
        self._pinned = pinned
        self._limits = limits

    def is_of(self, pinned: Pinned, limits: Limits) -> bool:
        """Whether it was made of the same manifest, which vouches for the bytes, and limits."""
        return self._pinned.manifest == pinned.manifest and self._limits == limits

    def __repr__(self) -> str:
        return f"<Contract {self.ref} sha256:{self.digest[:8]}>"

    @property
    def ref(self) -> str:
        """Name and version: ``asiointitili/viranomaispalvelut/1.7-2024-04``."""
        return f"{self.name}/{self.version}"

    @property
    def namespace(self) -> str:
        """Target namespace of the description."""
        return self._description.namespace

    @property
    def service(self) -> str:
        """Name of the service that was read."""
        return self._description.service

    @property
    def port(self) -> str:
        """Name of the port that was read."""
        return self._description.port

    @property
    def address(self) -> str:
        """The address in the file. For people: messages go where ``harness.toml`` says."""
        return self._description.address

    @property
    def soap_version(self) -> str:
        """``1.1`` or ``1.2``: that of the port that was read."""
        return self._description.soap_version

    @property
    def ports(self) -> "tuple[Port, ...]":
        """Every port of every service of the description."""
        return self._description.ports

    @property
    def operations(self) -> Mapping[str, Operation]:
        """Operations by name, in the order of the binding.

        Raises:
            ContractError: the description cannot be read.
        """
        return self._description.operations

    @property
    def health(self) -> str | None:
        """The operation that tells whether the service answers, when the contract names one.

        Raises:
            ContractError: it names an operation that does not exist.
        """
        if self._health is not None:
            self._operation(self._health)
        return self._health

    def check(self) -> None:
        """Read and compile everything that is otherwise read at first need.

        Raises:
            ContractError: something in the contract is wrong.
        """
        _ = self.health, self.operations, self._schema, self._writer

    def validate(self, element: "etree._Element") -> tuple[SchemaFinding, ...]:
        """What the schema has against ``element``; empty when it is valid.

        The findings hold nothing of the message but names and lengths. A finding with the code
        ``internal`` means that the validator gave up and nothing is known.

        Raises:
            ContractError: the schema cannot be compiled.
        """
        return self._schema.validate(element)

    def build(
        self,
        operation: str,
        values: Mapping[str, object],
        *,
        headers: Mapping[str, object] | None = None,
    ) -> bytes:
        """The request envelope of an operation, in UTF-8 with an XML declaration.

        Its version of SOAP is that of the port: ``soap_version``.

        Fields that are not given are not written, whatever default the schema has for them.
        Facets and lexical forms are not checked here: that is what ``validate`` is for.

        Args:
            operation: its name.
            values: content of the request element. A field is a text, number, truth value, date,
                bytes (written as base64), a mapping for a group, a list where it may repeat;
                ``None`` is ``xsi:nil`` where the schema allows it, else absent. Attributes are
                ordinary keys (``AsiakasTunnus``, or ``@AsiakasTunnus`` to be plain). A request
                that is one text (document/literal bare) has the single key ``_value_1``.
            headers: values of declared SOAP headers, by local name.

        Raises:
            ScenarioError: an unknown operation or field, a missing one, or a value of the wrong
                kind, with its path.
            ContractError: the contract cannot be used.
        """
        found = self._operation(operation)
        _ = self._schema  # libxml2 reports circularities that zeep would run into
        return self._writer.write(found, values, headers)

    def build_answer(self, operation: str, values: Mapping[str, object]) -> bytes:
        """The answer envelope of an operation; see ``build``.

        Raises:
            ScenarioError: an operation that is unknown or has no answer, an unknown field, a
                missing one, or a value of the wrong kind, with its path.
            ContractError: the contract cannot be used.
        """
        found = self._operation(operation)
        if not found.output:
            raise ScenarioError(f"The operation {operation} has no answer.", where=self.ref)
        _ = self._schema
        return self._answer_writer.write(found, values)

    def _operation(self, name: str) -> Operation:
        found = self.operations.get(name)
        if found is None:
            raise ContractError(
                f"There is no operation {shown_name(name)}.",
                where=self.ref,
                todo=f"Its operations are {', '.join(self.operations)}.",
            )
        return found

    @property
    def sources(self) -> "Sources":
        """The parsed files, for other modules of this room.

        Raises:
            ContractError: a file is not what it should be, or a location leads nowhere.
        """
        return self._sources

    def findings(self, endpoints: Sequence[str] = ()) -> "tuple[ContractFinding, ...]":
        """What the contract breaks of WS-I Basic Profile 1.1, and what else is worth knowing.

        Args:
            endpoints: addresses of ``harness.toml`` that messages are sent to.
        """
        from harness.wsdl import profile  # noqa: PLC0415  lxml at first need

        return profile.findings(self, endpoints)

    @cached_property
    def _sources(self) -> "Sources":
        from harness.wsdl import sources  # noqa: PLC0415  lxml at first need

        return sources.read(self._pinned, self._limits)

    @cached_property
    def _description(self) -> "Description":
        from harness.wsdl import reading  # noqa: PLC0415  lxml at first need

        manifest = self._pinned.manifest
        return reading.describe(self._sources, manifest.service, manifest.port)

    @cached_property
    def _assembly(self) -> "Assembly":
        from harness.wsdl import assembling  # noqa: PLC0415  lxml at first need

        return assembling.assemble(self._sources, self._description.implied)

    @cached_property
    def _schema(self) -> "Schema":
        from harness.wsdl import reading, schema  # noqa: PLC0415  lxml at first need

        compiled = schema.Schema(self._assembly)
        for operation in self.operations.values():
            bodies = (operation.input, operation.output, *operation.faults)
            for name in (*bodies, *operation.headers, *operation.output_headers):
                if name and name not in compiled.messages:
                    raise ContractError(
                        f"The operation {operation.name} uses the element {name}, "
                        "which no schema declares.",
                        where=reading.place_of_part(self._sources, name) or self.ref,
                        todo="Pin the schema that declares it.",
                    )
        return compiled

    @cached_property
    def _writer(self) -> "Writer":
        from harness.wsdl import writing  # noqa: PLC0415  zeep costs 350 ms at first need

        return writing.Writer(self._assembly, self.operations, self.ref)

    @cached_property
    def _answer_writer(self) -> "Writer":
        from harness.wsdl import writing  # noqa: PLC0415  as above
        from harness.wsdl.components import Direction  # noqa: PLC0415  lxml at first need

        answers = Direction.RESPONSE
        return writing.Writer(self._assembly, self.operations, self.ref, answers)


def load(folder: Path, limits: Limits = DEFAULT) -> Contract:
    """The contract in ``folder``, every file compared with its digest.

    What was made of a contract earlier in this process is used again, but never in place of
    reading: each call reads every file and compares it with the digest that ``contract.toml`` has
    at this moment, and only a contract of an equal manifest, hence of the same bytes, is handed
    out again.

    Raises:
        ContractError: a file is missing, altered or not listed, or ``contract.toml`` is wrong.
    """
    pinned = pin(folder, limits)
    with _KEEPING:
        kept = _KEPT.get(folder)
        if kept is None or not kept.is_of(pinned, limits):
            kept = Contract(pinned, limits)
            while len(_KEPT) >= MOST_KEPT:
                del _KEPT[next(iter(_KEPT))]
            _KEPT[folder] = kept
    return kept


def forget() -> None:
    """Make everything anew at the next ``load``: for measurements."""
    with _KEEPING:
        _KEPT.clear()
    pinned_module.forget()


MOST_KEPT: Final = 16
"""Contracts kept in a process; of the shipped catalogue there are fewer."""
_KEPT: Final[dict[Path, Contract]] = {}
_KEEPING: Final = threading.Lock()
