// gSOAP 2.8.124 reads a Fault with HTTP status 500 or 400, and not with 404, which shows as an HTTP
// error. Classes: soapcpp2 -j -C -x -L fault_with_404.h

#include "echo.nsmap"
#include "soapechoProxy.h"

#include <arpa/inet.h>
#include <cstdio>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

static const std::string FAULT =
    "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><s:Fault>"
    "<faultcode>s:Client</faultcode><faultstring>the reason</faultstring>"
    "</s:Fault></s:Body></s:Envelope>";

// Answers one call with the Fault and a status.
static void answer(int listening, int status) {
    const int connection = accept(listening, nullptr, nullptr);
    std::string asked;
    char piece[4096];
    while (asked.find("</SOAP-ENV:Envelope>") == std::string::npos) {
        const ssize_t read = recv(connection, piece, sizeof piece, 0);
        if (read <= 0) break;
        asked.append(piece, static_cast<std::size_t>(read));
    }
    const std::string sent = "HTTP/1.1 " + std::to_string(status) +
                             " Status\r\nContent-Type: text/xml; charset=utf-8\r\nConnection: close"
                             "\r\nContent-Length: " +
                             std::to_string(FAULT.size()) + "\r\n\r\n" + FAULT;
    send(connection, sent.data(), sent.size(), 0);
    close(connection);
}

int main() {
    const int listening = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(listening, reinterpret_cast<sockaddr *>(&address), size);
    listen(listening, 1);
    getsockname(listening, reinterpret_cast<sockaddr *>(&address), &size);
    const std::string url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
    for (int status : {500, 400, 404}) {
        std::thread server(answer, listening, status);
        echoProxy proxy;
        char *unused = nullptr;
        proxy.ask(url.c_str(), nullptr, const_cast<char *>("x"), &unused);
        soap_set_fault(proxy.soap);
        std::printf("%d %s\n", status, *soap_faultstring(proxy.soap));
        server.join();
        proxy.destroy();
    }
    close(listening);
}
