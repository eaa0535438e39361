"""A contract with one of everything a schema can say, for the model and what is made from it."""

from pathlib import Path
from typing import Final

from harness import wsdl
from harness.wsdl import Contract
from tests.wsdl.making import HEADER, make, service

URN: Final = "{urn:t}"

SCHEMA: Final = """
<xs:schema targetNamespace="urn:t" elementFormDefault="qualified">
  <xs:element name="Ask"><xs:complexType><xs:sequence>
    <xs:element name="Order" type="t:Order"/>
    <xs:element name="Tree" type="t:Tree" minOccurs="0"/>
    <xs:element name="Texts" type="t:Texts" minOccurs="0"/>
    <xs:element name="Numbers" type="t:Numbers" minOccurs="0"/>
    <xs:element name="Pets" minOccurs="0"><xs:complexType><xs:sequence>
      <xs:element name="Pet" type="t:Pet"/>
      <xs:element ref="t:Vehicle" minOccurs="0" maxOccurs="3"/>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="Open" type="t:Open" minOccurs="0"/>
  </xs:sequence></xs:complexType></xs:element>

  <xs:element name="Told"><xs:complexType><xs:all>
    <xs:element name="Code" type="xs:int"/>
    <xs:element name="Note" type="xs:string" minOccurs="0" nillable="true"/>
    <xs:element name="Kind" type="xs:string" fixed="told"/>
  </xs:all></xs:complexType></xs:element>
  <xs:element name="Token" type="xs:token"/>
  <xs:element name="Trouble"><xs:complexType><xs:sequence>
    <xs:element name="Reason" type="t:Colour"/></xs:sequence></xs:complexType></xs:element>

  <xs:complexType name="Order"><xs:sequence>
    <xs:choice>
      <xs:element name="Card" type="t:Number4"/>
      <xs:sequence>
        <xs:element name="Iban" type="xs:string"/>
        <xs:element name="Bic" type="xs:string" minOccurs="0"/>
      </xs:sequence>
      <xs:choice minOccurs="0">
        <xs:element name="Cash" type="xs:boolean"/>
        <xs:element name="Cheque" type="xs:date"/>
      </xs:choice>
    </xs:choice>
    <xs:group ref="t:Line" minOccurs="0" maxOccurs="unbounded"/>
    <xs:element name="Two" type="xs:string" minOccurs="2" maxOccurs="3"/>
  </xs:sequence>
  <xs:attribute name="id" type="xs:ID" use="required"/>
  <xs:attribute name="version" type="xs:string" fixed="1.0"/>
  <xs:attributeGroup ref="t:Marks"/>
  </xs:complexType>
  <xs:group name="Line"><xs:sequence>
    <xs:element name="Item" type="xs:string"/>
    <xs:element name="Count" type="xs:positiveInteger" default="1"/>
  </xs:sequence></xs:group>
  <xs:attributeGroup name="Marks">
    <xs:attribute name="colour" type="t:Colour" default="red"/>
    <xs:attribute name="size" type="t:Size" use="required"/>
  </xs:attributeGroup>

  <xs:complexType name="Tree"><xs:sequence>
    <xs:choice>
      <xs:sequence><xs:element name="Left" type="t:Tree"/><xs:element name="Right" type="t:Tree"/></xs:sequence>
      <xs:element name="Leaf" type="xs:int"/>
    </xs:choice>
    <xs:element name="Branch" type="t:Tree" minOccurs="0" maxOccurs="unbounded"/>
  </xs:sequence></xs:complexType>

  <xs:complexType name="Texts"><xs:sequence>
    <xs:element name="Zip" type="t:Zip"/>
    <xs:element name="Plate"><xs:simpleType><xs:restriction base="xs:string">
      <xs:pattern value="[A-Z]{1,3}-\\d{1,3}"/><xs:pattern value="C[A-Z]?-[0-9-[13579]]{1,5}"/>
      <xs:maxLength value="6"/></xs:restriction></xs:simpleType></xs:element>
    <xs:element name="Name"><xs:simpleType><xs:restriction base="xs:string">
      <xs:minLength value="2"/><xs:maxLength value="5"/></xs:restriction></xs:simpleType></xs:element>
    <xs:element name="Colour" type="t:Colour"/>
    <xs:element name="Colours" type="t:Colours"/>
    <xs:element name="Size" type="t:Size"/>
    <xs:element name="Scan"><xs:simpleType><xs:restriction base="xs:base64Binary">
      <xs:maxLength value="12"/></xs:restriction></xs:simpleType></xs:element>
    <xs:element name="Hex"><xs:simpleType><xs:restriction base="xs:hexBinary">
      <xs:length value="4"/></xs:restriction></xs:simpleType></xs:element>
    <xs:element name="Price" type="t:Price"/>
    <xs:element name="Language" type="xs:language"/>
    <xs:element name="Link" type="xs:anyURI"/>
    <xs:element name="Words" type="xs:NMTOKENS"/>
    <xs:element name="Name2" type="xs:NCName"/>
  </xs:sequence></xs:complexType>
  <xs:simpleType name="Number4"><xs:restriction base="xs:string"><xs:length value="4"/>
    <xs:pattern value="[0-9]+"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Zip"><xs:restriction base="t:Digits"><xs:length value="5"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Digits"><xs:restriction base="xs:token"><xs:pattern value="[0-9]*"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Colour"><xs:restriction base="xs:string">
    <xs:enumeration value="red"/><xs:enumeration value="sea green"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Letter"><xs:restriction base="xs:string"><xs:length value="1"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Size"><xs:union memberTypes="xs:int"><xs:simpleType>
    <xs:restriction base="xs:string"><xs:enumeration value="S"/><xs:enumeration value="L"/></xs:restriction>
  </xs:simpleType></xs:union></xs:simpleType>
  <xs:simpleType name="Colours"><xs:restriction><xs:simpleType><xs:list itemType="t:Shade"/></xs:simpleType>
    <xs:minLength value="1"/><xs:maxLength value="3"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Shade"><xs:restriction base="xs:token"><xs:enumeration value="dark"/>
    <xs:enumeration value="light"/></xs:restriction></xs:simpleType>
  <xs:complexType name="Price"><xs:simpleContent><xs:extension base="t:Money">
    <xs:attribute name="currency" use="required"><xs:simpleType><xs:restriction base="xs:string">
      <xs:pattern value="[A-Z]{3}"/></xs:restriction></xs:simpleType></xs:attribute>
  </xs:extension></xs:simpleContent></xs:complexType>
  <xs:simpleType name="Money"><xs:restriction base="xs:decimal"><xs:totalDigits value="6"/>
    <xs:fractionDigits value="2"/><xs:minExclusive value="0"/></xs:restriction></xs:simpleType>

  <xs:complexType name="Numbers"><xs:sequence>
    <xs:element name="Percent"><xs:simpleType><xs:restriction base="xs:int">
      <xs:minInclusive value="0"/><xs:maxExclusive value="101"/></xs:restriction></xs:simpleType></xs:element>
    <xs:element name="Byte" type="xs:unsignedByte"/>
    <xs:element name="Digits3"><xs:simpleType><xs:restriction base="xs:integer">
      <xs:totalDigits value="3"/></xs:restriction></xs:simpleType></xs:element>
    <xs:element name="Ratio"><xs:simpleType><xs:restriction base="xs:decimal">
      <xs:minInclusive value="0.5"/><xs:maxInclusive value="0.75"/></xs:restriction></xs:simpleType></xs:element>
    <xs:element name="Since"><xs:simpleType><xs:restriction base="xs:date">
      <xs:minInclusive value="1999-01-01"/><xs:maxInclusive value="2001-12-31"/></xs:restriction></xs:simpleType></xs:element>
    <xs:element name="Double" type="xs:double"/>
    <xs:element name="Time" type="xs:time"/>
    <xs:element name="Span" type="xs:duration"/>
    <xs:element name="Year" type="xs:gYear"/>
    <xs:element name="Even"><xs:simpleType><xs:restriction base="xs:integer">
      <xs:enumeration value="2"/><xs:enumeration value="4"/></xs:restriction></xs:simpleType></xs:element>
  </xs:sequence></xs:complexType>

  <xs:complexType name="Pet" abstract="true"><xs:sequence>
    <xs:element name="Name" type="xs:string"/></xs:sequence></xs:complexType>
  <xs:complexType name="Dog"><xs:complexContent><xs:extension base="t:Pet"><xs:sequence>
    <xs:element name="Bark" type="xs:boolean"/></xs:sequence>
    <xs:attribute name="chip" type="xs:int"/></xs:extension></xs:complexContent></xs:complexType>
  <xs:complexType name="Cat"><xs:complexContent><xs:restriction base="t:Pet"><xs:sequence>
    <xs:element name="Name" type="t:Letter"/></xs:sequence></xs:restriction></xs:complexContent></xs:complexType>
  <xs:element name="Vehicle" type="xs:string" abstract="true"/>
  <xs:element name="Car" type="xs:string" substitutionGroup="t:Vehicle"/>
  <xs:element name="Bike" type="xs:string" substitutionGroup="t:Vehicle"/>

  <xs:complexType name="Open" mixed="true"><xs:sequence>
    <xs:element name="Known" type="xs:string"/>
    <xs:any namespace="##other" processContents="lax" minOccurs="0" maxOccurs="unbounded"/>
  </xs:sequence><xs:anyAttribute namespace="##other" processContents="skip"/></xs:complexType>
</xs:schema>
"""  # noqa: E501  schema text

_FAULT: Final = (
    '<w:message name="Bad"><w:part name="detail" element="t:Trouble"/></w:message><w:portType'
)


def rich(folder: Path) -> Contract:
    """The contract, with a header and a declared fault."""
    text = service(types=SCHEMA, header=HEADER)
    text = text.replace("<w:portType", _FAULT)
    text = text.replace(
        '<w:output message="t:Out"/>',
        '<w:output message="t:Out"/><w:fault name="Bad" message="t:Bad"/>',
    )
    text = text.replace(
        "</w:output></w:operation>\n  </w:binding>",
        '</w:output><w:fault name="Bad"><soap:fault name="Bad" use="literal"/></w:fault>'
        "</w:operation>\n  </w:binding>",
    )
    return wsdl.load(make(folder, {"service.wsdl": text}))
