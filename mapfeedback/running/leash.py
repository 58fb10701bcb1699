"""Runs one program and sees to it that nothing of it stays behind, whatever happens to the supervisor.

    python leash.py DESCRIPTOR GRACE program arguments...

The supervisor holds the other end of the pipe DESCRIPTOR: when it ends, however it ends, the program is told to
stop. A polite kill of the leash is passed on. The program gets GRACE seconds; then, and also when it ended by itself,
whatever is left of its process group is killed. The leash ends with the program's exit code.

A file of its own that imports nothing of ours: it starts in a moment and lives beside every program.
"""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1


def follow_the_leash() -> None:
    """In the program before it starts: be told to stop even if the leash itself is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def main(descriptor: int, grace: float, command: list[str]) -> int:
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write)  # each signal's number arrives here as a byte
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    program = subprocess.Popen(command, start_new_session=True, preexec_fn=follow_the_leash)
    deadline: float | None = None
    while program.poll() is None:
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            break
        watched = [wake_read, descriptor] if deadline is None else [wake_read]
        ready, _, _ = select.select(watched, [], [], left)
        stop = descriptor in ready
        if wake_read in ready:
            stop = signal.SIGTERM in os.read(wake_read, 1024) or stop
        if stop and deadline is None:
            deadline = time.monotonic() + grace
            program.terminate()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(program.pid, signal.SIGKILL)
    code = program.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))
