"""Asking an HTTP proxy for a tunnel (RFC 9110 section 9.3.6), every wait bounded.

No credentials: a proxy that asks for them is named as such and the call ends.
"""

import re
import socket
from collections.abc import Callable

_MOST = 16 * 1024
"""Longest head of a proxy's answer, in bytes."""
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?: [^\r\n]*)?\r?\n")


def refusal(sock: socket.socket, host: str, port: int, patience: Callable[[], float]) -> str:
    """Ask the proxy at the other end for a tunnel; empty when it is there, else why not.

    Args:
        sock: connected to the proxy; when the tunnel is there, it leads to ``host``.
        host: where to; a name is looked up by the proxy.
        port: TCP port there.
        patience: seconds that the next wait may take; raises when the time is up.

    Raises:
        OSError: the connection broke, or a wait ran out.
    """
    shown = f"[{host}]" if ":" in host else host
    sock.settimeout(patience())
    sock.sendall(f"CONNECT {shown}:{port} HTTP/1.1\r\nHost: {shown}:{port}\r\n\r\n".encode("ascii"))
    head = _head(sock, patience)
    status = _STATUS.match(head)
    if status is None:
        return "the proxy's answer is not HTTP"
    code = status[1].decode("ascii")
    return "" if code.startswith("2") else f"the proxy answered {code}"


def _head(sock: socket.socket, patience: Callable[[], float]) -> bytes:
    """The head of the proxy's answer and not a byte more: what follows is the other side's."""
    head = b""
    while not head.endswith((b"\r\n\r\n", b"\n\n")) and len(head) < _MOST:
        sock.settimeout(patience())
        byte = sock.recv(1)
        if not byte:
            break
        head += byte
    return head
