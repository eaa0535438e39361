"""Small contracts in a folder, made for one test."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

WSDL: Final = """<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/"
    xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:t="urn:t" targetNamespace="urn:t"
    xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <w:types>{types}</w:types>
  <w:message name="In"><w:part name="parameters" element="t:Ask"/></w:message>
  <w:message name="Out"><w:part name="parameters" element="t:Told"/></w:message>
  <w:message name="Head"><w:part name="token" element="t:Token"/></w:message>
  <w:portType name="P"><w:operation name="Ask">
    <w:input message="t:In"/><w:output message="t:Out"/></w:operation></w:portType>
  <w:binding name="B" type="t:P">
    <soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <w:operation name="Ask"><soap:operation soapAction="urn:ask"/>
      <w:input><soap:body use="literal"/>{header}</w:input>
      <w:output><soap:body use="literal"/></w:output></w:operation>
  </w:binding>
  <w:service name="S"><w:port name="Q" binding="t:B">
    <soap:address location="http://localhost/"/></w:port></w:service>
</w:definitions>"""

TYPES: Final = """<xs:schema targetNamespace="urn:t" elementFormDefault="qualified">
  <xs:element name="Ask"><xs:complexType><xs:sequence>{ask}</xs:sequence></xs:complexType>
  </xs:element><xs:element name="Told"/><xs:element name="Token" type="xs:string"/></xs:schema>"""

HEADER: Final = '<soap:header message="t:Head" part="token" use="literal"/>'

MANIFEST: Final = """name = "test/interface"
version = "{version}"
title = "A contract for a test"
interface = "P"
source = "made by a test"
date = {date}
entry = "service.wsdl"
encoding = "UTF-8"
{extra}
[files]
{files}
[locations]
{locations}
"""


def service(ask: str = "", *, types: str | None = None, header: str = "") -> str:
    return WSDL.format(types=types or TYPES.format(ask=ask), header=header)


def make(
    folder: Path,
    files: Mapping[str, str | bytes],
    locations: Mapping[str, str] | None = None,
    *,
    version: str = "1.0",
    date: str = "2026-01-01",
    extra: str = "",
) -> Path:
    """Write the files and a contract.toml that pins them."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
        lines.append(f'"{name}" = "{sha256(data).hexdigest()}"')
    places = [f"'{written}' = \"{name}\"" for written, name in (locations or {}).items()]
    manifest = MANIFEST.format(
        version=version,
        date=date,
        extra=extra,
        files="\n".join(lines),
        locations="\n".join(places),
    )
    (folder / "contract.toml").write_text(manifest, encoding="utf-8")
    return folder
