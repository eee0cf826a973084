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
from typing import NoReturn, TextIO

from audiograph.standby import letter

READY, TAKEN, STOP = b"r", b"t", b"s"  # what a worker tells the server
Command = Callable[[list[str]], None]  # it may raise SystemExit, or end the process


def work(desk: socket.socket, rehearse: Callable[[], None] | None, do: Command) -> NoReturn:
    """Rehearse, wait for a client at the desk, do what it asks, and end the process."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    client = None
    try:
        if rehearse:
            rehearse()
            desk.send(READY)
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
    asked = letter.receive(client)
    desk.send(STOP if asked.words is None else TAKEN)
    client.send(letter.TAKEN)
    if asked.words is not None:
        _become(asked)
        code = _code(do, asked.words)
        for stream in letter.STREAMS:
            os.close(stream)
        client.send(bytes([code & 0xFF]))  # at once: to free the memory of a process takes milliseconds


def _become(asked: letter.Letter) -> None:
    """Be the process that the letter comes from, as far as a command can tell."""
    *streams, here = asked.files
    for number, file in zip(letter.STREAMS, streams, strict=True):
        os.dup2(file, number)
    os.fchdir(here)
    for file in asked.files:
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
        traceback.print_exc()
        code = 1
    for thread in threading.enumerate():
        if not thread.daemon and thread is not threading.current_thread():
            thread.join()
    atexit._run_exitfuncs()
    if not (code is None or isinstance(code, int)):
        print(code, file=sys.stderr)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return 120  # as Python ends then
    return code if isinstance(code, int) else int(code is not None)
