// node-soap 1.6.1 as a server takes a call whose Security header it has to understand and does not
// look at (SOAP 1.1 section 4.2.3 wants a Fault), and answers with one of its own, unsigned.

import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const soap = createRequire(new URL('../node/', import.meta.url))('soap');

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
const WSS = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity';
const WSDL = `<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:echo"
  xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:x="http://www.w3.org/2001/XMLSchema"
  targetNamespace="urn:echo"><w:types><x:schema targetNamespace="urn:echo">
  <x:element name="ask"><x:complexType/></x:element></x:schema></w:types>
  <w:message name="ask"><w:part name="parameters" element="t:ask"/></w:message>
  <w:portType name="p"><w:operation name="ask"><w:input message="t:ask"/>
  <w:output message="t:ask"/></w:operation></w:portType>
  <w:binding name="b" type="t:p"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>
  <w:operation name="ask"><s:operation soapAction="ask" style="document"/>
  <w:input><s:body use="literal"/></w:input><w:output><s:body use="literal"/></w:output>
  </w:operation></w:binding><w:service name="v"><w:port name="p" binding="t:b">
  <s:address location="http://127.0.0.1/"/></w:port></w:service></w:definitions>`;

const server = createServer();
soap.listen(server, '/', { v: { p: { ask: () => ({}) } } }, WSDL);
server.listen(0, '127.0.0.1', async () => {
  const body = `<s:Envelope xmlns:s="${SOAP}"><s:Header>
    <o:Security s:mustUnderstand="1" xmlns:o="${WSS}-secext-1.0.xsd">
    <u:Timestamp xmlns:u="${WSS}-utility-1.0.xsd"><u:Created>2026-01-01T00:00:00Z</u:Created>
    </u:Timestamp></o:Security>
    </s:Header><s:Body><ask xmlns="urn:echo"/></s:Body></s:Envelope>`;
  const headers = { 'Content-Type': 'text/xml; charset=utf-8', SOAPAction: '"ask"' };
  const url = `http://127.0.0.1:${server.address().port}/`;
  const answer = await fetch(url, { method: 'POST', headers, body });
  const text = await answer.text();
  console.log(answer.status, text.includes('Fault') ? 'a Fault' : 'no Fault');
  console.log(/Security [^>]*mustUnderstand="1"/.test(text) ? 'a Security header' : 'none');
  console.log(text.includes('Signature') ? 'signed' : 'not signed');
  server.close();
});
