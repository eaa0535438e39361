"""suds 1.2.0 reads a Fault with HTTP status 500, and not with 404, which shows as the status."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from suds import WebFault
from suds.client import Client

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
FAULT = f"""<s:Envelope xmlns:s="{SOAP}"><s:Body><s:Fault><faultcode>s:Client</faultcode>
<faultstring>the reason</faultstring></s:Fault></s:Body></s:Envelope>"""
WSDL = """<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:echo"
  xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:x="http://www.w3.org/2001/XMLSchema"
  targetNamespace="urn:echo">
<w:types><x:schema targetNamespace="urn:echo"><x:element name="ask" type="x:string"/></x:schema>
</w:types><w:message name="ask"><w:part name="parameters" element="t:ask"/></w:message>
<w:portType name="p"><w:operation name="ask"><w:input message="t:ask"/>
<w:output message="t:ask"/></w:operation></w:portType>
<w:binding name="b" type="t:p"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>
<w:operation name="ask"><s:operation soapAction="ask" style="document"/>
<w:input><s:body use="literal"/></w:input><w:output><s:body use="literal"/></w:output>
</w:operation></w:binding>
<w:service name="v"><w:port name="p" binding="t:b"><s:address location="http://127.0.0.1/"/>
</w:port></w:service></w:definitions>"""


class Handler(BaseHTTPRequestHandler):
    """Gives the WSDL, and the Fault with the status that the path says."""

    def do_GET(self) -> None:
        self._answer(200, WSDL)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(int(self.path[1:]), FAULT)

    def _answer(self, status: int, body: str) -> None:
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


def seen(url: str, status: int) -> str:
    client = Client(f"{url}/wsdl", cache=None, location=f"{url}/{status}")
    try:
        client.service.ask("x")
    except WebFault as fault:
        return f"the Fault: {fault.fault.faultstring}"
    except Exception as error:  # noqa: BLE001 - that is what it raises
        return f"{type(error).__name__} {error}"
    return "no Fault"


server = HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
for code in (500, 404):
    print(code, seen(f"http://127.0.0.1:{server.server_port}", code))  # noqa: T201 - the result
server.shutdown()
server.server_close()
