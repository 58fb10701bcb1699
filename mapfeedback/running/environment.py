"""The environment variables that Django gets. What a person has set already stays as it is."""

import fcntl
import os
import secrets
import socket
import struct
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from mapfeedback.running import places
from mapfeedback.running.locks import alone
from mapfeedback.running.terminal import Refusal, step

SIOCGIFADDR = 0x8915
EVERYWHERE = {"0.0.0.0", "::"}


def variables(var: Path, *, host: str = "", more: Mapping[str, str] | None = None) -> dict[str, str]:
    """A whole environment for a child that runs Django code of the instance in `var`."""
    ours = {
        "MAPFEEDBACK_VAR": str(var),
        "DJANGO_SETTINGS_MODULE": "mapfeedback.settings",
        "SECRET_KEY": secret_key(var),
        "ALLOWED_HOSTS": ",".join(names_of_this_machine(host)),
        **(more or {}),
    }
    return {**ours, **os.environ}


def secret_key(var: Path) -> str:
    """Made once per instance, so that sessions and signed links outlive a restart."""
    file = var / "secret-key"
    if not file.exists():
        with alone(var / "secrets.lock"):
            if not file.exists():
                places.write_private(file, secrets.token_urlsafe(48))
    return file.read_text().strip()


def names_of_this_machine(host: str) -> list[str]:
    """The names under which a browser may ask for this instance."""
    names = ["localhost", "127.0.0.1", "[::1]"]
    if host in EVERYWHERE:
        names += [socket.gethostname(), socket.getfqdn(), *addresses(with_ipv6=host == "::")]
    elif host:
        names.append(f"[{host}]" if ":" in host else host)
    return list(dict.fromkeys(names))


def addresses(*, with_ipv6: bool) -> list[str]:
    """The addresses of this machine's network cards, as they stand in a browser's address line."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for _, name in socket.if_nameindex():
            with suppress(OSError):  # a card without an address
                answer = fcntl.ioctl(any_socket, SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
                found.append(socket.inet_ntoa(answer[20:24]))
    if with_ipv6:
        with suppress(OSError):
            for line in Path("/proc/net/if_inet6").read_text().splitlines():
                found.append(f"[{socket.inet_ntop(socket.AF_INET6, bytes.fromhex(line.split()[0]))}]")
    return found


def wait_for_database(address: str, patience: float = 20.0) -> None:
    """Return when the database that DATABASE_URL names answers; it may be starting at the same time as we."""
    parts = urlsplit(address)
    shown = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()
    deadline = time.monotonic() + patience
    with step(f"asking the database at {shown} (DATABASE_URL)"):
        while True:
            try:
                psycopg.connect(parts._replace(scheme="postgresql").geturl(), connect_timeout=5).close()
            except psycopg.ProgrammingError as problem:
                raise Refusal(
                    "DATABASE_URL cannot be understood. It looks like postgresql://user:password@host:5432/name."
                ) from problem
            except psycopg.OperationalError as problem:
                if time.monotonic() > deadline:
                    raise Refusal(
                        f"The database that DATABASE_URL names does not answer: {str(problem).strip()}\n"
                        "Start it, correct DATABASE_URL, or unset it to use a private database."
                    ) from problem
                time.sleep(0.5)
            else:
                return
