"""How long the reader of a file may take nothing: after that, the kernel ends the connection.

Our web server waits for ever for a reader who has stopped reading, in one of its few threads, and tells nobody which
connection an answer goes to. So the limit is set on all connections of this process's web server; who only reads slowly
never meets it.
"""

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

#: Who pauses a download for longer begins it anew.
SECONDS: Final = 60


def limit() -> None:
    """Set it on what is connected now; later connections have it from the door through which they come."""
    with ExitStack() as held:
        sockets = [held.enter_context(each) for each in _sockets()]
        doors = {_port(each) for each in sockets if each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)}
        for each in sockets:
            # The database's connections stay as they are: whoever waits there has limits of its own.
            if _port(each) in doors:
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1000 * SECONDS)


def _sockets() -> Iterator[socket.socket]:
    """The internet sockets of this process, each under a number of its own, which is to be closed."""
    for opened in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # closed meanwhile
            number = os.dup(int(opened.name))
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                os.close(number)
                continue
            each = socket.socket(fileno=number)
            if each.family in {socket.AF_INET, socket.AF_INET6} and each.type == socket.SOCK_STREAM:
                yield each
            else:
                each.close()


def _port(each: socket.socket) -> int:
    return int(each.getsockname()[1])
