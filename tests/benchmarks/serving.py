"""A real web server with this service and one bare view (`urls`), and sixteen clients who send to it at once."""

import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Final

from tests.benchmarks.database import CHECKOUT

CLIENTS: Final = 16


@contextmanager
def a_server() -> Iterator[int]:
    """Its port, as `bin/serve` starts it: two processes of granian."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "2", "--blocking-threads", "4", "--backlog", "1024", "--log-level", "warning"]
    command += ["tests.benchmarks.wsgi:application"]
    environment = os.environ | {"SECRET_KEY": "k" * 50, "ALLOWED_HOSTS": "localhost"}
    process = subprocess.Popen(command, env=environment, cwd=CHECKOUT)
    try:
        deadline = time.monotonic() + 60
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the web server does not answer")
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def posted(port: int, address: str, bodies: list[bytes]) -> float:
    """Seconds for all of these, sent by sixteen clients, each the next one as soon as it has its answer.

    One thread speaks for all on bare sockets: the machine's time belongs to the server. Raises unless all are 201.
    """
    waiting = [
        f"POST {address} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body
        for body in reversed(bodies)
    ]
    open_ = selectors.DefaultSelector()
    for _ in range(CLIENTS):
        client = socket.create_connection(("127.0.0.1", port), timeout=60)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        open_.register(client, selectors.EVENT_READ, bytearray())
    began = time.perf_counter()
    left = len(waiting)
    for key in list(open_.get_map().values()):
        if waiting:
            _socket(key).sendall(waiting.pop())
    while left:
        for key, _events in open_.select(60):
            received: bytearray = key.data
            received += _socket(key).recv(65536)
            head, gap, body = received.partition(b"\r\n\r\n")
            if not gap or len(body) < _length(head):
                continue
            if not head.startswith(b"HTTP/1.1 201"):
                raise RuntimeError(bytes(received[:400]).decode(errors="replace"))
            received.clear()
            left -= 1
            if waiting:
                _socket(key).sendall(waiting.pop())
    took = time.perf_counter() - began
    for key in list(open_.get_map().values()):
        _socket(key).close()
    open_.close()
    return took


def _socket(key: selectors.SelectorKey) -> socket.socket:
    assert isinstance(key.fileobj, socket.socket)
    return key.fileobj


def _length(head: bytes | bytearray) -> int:
    for line in bytes(head).lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    raise RuntimeError("the answer says no length")
