"""The worker: a fork of the server that runs one command."""

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

from audiograph.standby import protocol

PR_SET_PDEATHSIG = 1
READY, TAKEN, STOP = b"r", b"t", b"s"  # messages of a worker to the server
Command = Callable[[list[str]], None]  # may raise SystemExit, or end the process


def work(channel: socket.socket, server: int, warm_up: Callable[[], None] | None, run: Command) -> NoReturn:
    """Warm up, wait for a client on the channel, run its command, and exit, at the latest with the server."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # so that a warm-up removes its files
    CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    try:
        if os.getppid() == server:
            if warm_up:
                warm_up()
                channel.send(READY)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            client = _received(channel)
            if client:
                _serve(client, channel, run)
    except BaseException:
        os._exit(1)  # the server or the client is gone
    os._exit(0)


def _received(channel: socket.socket) -> socket.socket | None:
    """The connection of a client, or None if the server has ended."""
    _, files, _, _ = socket.recv_fds(channel, 1, 1)
    return socket.socket(fileno=files[0]) if files else None


def _serve(client: socket.socket, channel: socket.socket, run: Command) -> None:
    client.send(protocol.READY)
    request = protocol.receive(client)
    if request.words is None:
        channel.send(STOP)
        client.send(protocol.TAKEN)
        return
    above = max(request.files) + 1
    client, channel = _moved(client, above), _moved(channel, above)
    _become(request, above)
    channel.send(TAKEN)
    client.send(protocol.TAKEN)
    code = _exit_code(run, request.words)
    for number in request.files:
        with suppress(OSError):
            os.close(number)
    client.send(bytes([code & 0xFF]))  # at once: freeing the memory of a process takes milliseconds


def _moved(connection: socket.socket, above: int) -> socket.socket:
    """The same connection under a descriptor that none of the client's files has."""
    with connection:
        return socket.socket(fileno=fcntl(connection, F_DUPFD_CLOEXEC, above))


def _become(request: protocol.Request, above: int) -> None:
    """Take on the state of the client's process, as far as a command can tell."""
    os.fchdir(request.here)
    moved = {number: fcntl(file, F_DUPFD_CLOEXEC, above) for number, file in request.files.items()}
    for file in (request.here, *request.files.values()):
        os.close(file)
    os.closerange(3, above)
    for number, file in moved.items():
        os.dup2(file, number)
        os.close(file)
    os.umask(request.mask)
    os.environb.clear()
    os.environb.update(request.environment)
    time.tzset()
    sys.stdin = _stream(0, "r", sys.__stdin__)
    sys.stdout = _stream(1, "w", sys.__stdout__)
    sys.stderr = _stream(2, "w", sys.__stderr__)
    sys.argv[1:] = request.words or []


def _stream(number: int, mode: str, was: TextIO | None) -> TextIO:
    """A standard stream as Python opens it at start, in the encoding it had before."""
    lines = mode == "w" and (number == 2 or os.isatty(number) or getattr(was, "write_through", False))
    encoding, errors = (was.encoding, was.errors) if was else (None, None)
    return open(number, mode, 1 if lines else -1, encoding, errors, closefd=False)  # type: ignore[return-value]


def _exit_code(run: Command, words: list[str]) -> int:
    """Run the command; returns the exit code that Python would end with."""
    code: object = None
    try:
        run(words)
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
        return 120  # as Python does in that case
    return code if isinstance(code, int) else int(code is not None)
