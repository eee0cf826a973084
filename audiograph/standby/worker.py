"""A fork of the process that stands by, for one command."""

import atexit
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from ctypes import CDLL
from fcntl import F_DUPFD_CLOEXEC, fcntl
from typing import NoReturn, TextIO

from audiograph.standby import protocol as letter

WHEN_PARENT_ENDS = 1  # PR_SET_PDEATHSIG
READY, TAKEN, STOP = b"r", b"t", b"s"  # what a worker tells the server
Command = Callable[[list[str]], None]  # it may raise SystemExit, or end the process


def work(desk: socket.socket, server: int, rehearse: Callable[[], None] | None, do: Command) -> NoReturn:
    """Rehearse, wait for a client at the desk, do what it asks, and end, at the latest with the server."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # a rehearsal leaves no files
    CDLL(None).prctl(WHEN_PARENT_ENDS, signal.SIGTERM)
    try:
        if os.getppid() == server:
            if rehearse:
                rehearse()
                desk.send(READY)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            client = _received(desk)
            if client:
                _serve(client, desk, do)
    except BaseException:
        os._exit(1)  # the server is gone, or the client
    os._exit(0)


def _received(desk: socket.socket) -> socket.socket | None:
    """A client, or None where the server has ended."""
    _, files, _, _ = socket.recv_fds(desk, 1, 1)
    return socket.socket(fileno=files[0]) if files else None


def _serve(client: socket.socket, desk: socket.socket, do: Command) -> None:
    client.send(letter.READY)
    asked = letter.receive(client)
    if asked.words is None:
        desk.send(STOP)
        client.send(letter.TAKEN)
        return
    above = max(asked.files) + 1
    client, desk = _lifted(client, above), _lifted(desk, above)
    _become(asked, above)
    desk.send(TAKEN)
    client.send(letter.TAKEN)
    code = _code(do, asked.words)
    for number in asked.files:
        with suppress(OSError):
            os.close(number)
    client.send(bytes([code & 0xFF]))  # at once: to free the memory of a process takes milliseconds


def _lifted(connection: socket.socket, above: int) -> socket.socket:
    """The same connection under a number that the client's files do not have."""
    with connection:
        return socket.socket(fileno=fcntl(connection, F_DUPFD_CLOEXEC, above))


def _become(asked: letter.Letter, above: int) -> None:
    """Be the process that the letter comes from, as far as a command can tell."""
    os.fchdir(asked.here)
    lifted = {number: fcntl(file, F_DUPFD_CLOEXEC, above) for number, file in asked.files.items()}
    for file in (asked.here, *asked.files.values()):
        os.close(file)
    os.closerange(3, above)
    for number, file in lifted.items():
        os.dup2(file, number)
        os.close(file)
    os.umask(asked.mask)
    os.environb.clear()
    os.environb.update(asked.environment)
    time.tzset()
    sys.stdin = _stream(0, "r", sys.__stdin__)
    sys.stdout = _stream(1, "w", sys.__stdout__)
    sys.stderr = _stream(2, "w", sys.__stderr__)
    sys.argv[1:] = asked.words or []


def _stream(number: int, mode: str, was: TextIO | None) -> TextIO:
    """A standard stream as Python opens it, in the encoding that it was in."""
    lines = mode == "w" and (number == 2 or os.isatty(number) or getattr(was, "write_through", False))
    encoding, errors = (was.encoding, was.errors) if was else (None, None)
    return open(number, mode, 1 if lines else -1, encoding, errors, closefd=False)  # type: ignore[return-value]


def _code(do: Command, words: list[str]) -> int:
    """Do it; the exit code that Python would end with."""
    code: object = None
    try:
        do(words)
    except SystemExit as end:
        code = end.code
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    except BaseException:
        with suppress(OSError):
            traceback.print_exc()
        code = 1
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        if not (code is None or isinstance(code, int)):
            print(code, file=sys.stderr)
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return 120  # as Python ends then
    return code if isinstance(code, int) else int(code is not None)
