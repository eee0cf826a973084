"""The client: hand a command over to the process that stands by, and wait for its exit code."""

import os
import sys
from types import FrameType, TracebackType

from audiograph.standby import protocol, rendezvous

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket

if rendezvous.SUPPORTED:
    import _signal  # type: ignore[import-not-found]  # `signal` takes 4 ms to import and only adds names

FAILED = 1
TIMEOUT = 2.0  # seconds for the answer that it is taken; after that the server hangs or is overloaded


def hand_over(words: list[str]) -> int | None:
    """Let the process that stands by run a command; returns its exit code.

    None if no process like this one stands by, or if it does not take the command.
    """
    if not rendezvous.SUPPORTED or not os.path.isdir(rendezvous.folder()):
        return None
    if None in (sys.stdin, sys.stdout, sys.stderr):
        return None  # a stream is closed, which cannot be passed on
    with _Signals() as signals:
        connection = _handed_over(words)
        return None if connection is None else _exit_code(connection, signals)


def _handed_over(words: list[str]) -> "_socket.socket | None":
    """A connection to the worker that has taken the command; None if there is none."""
    try:
        files = protocol.open_files()
        connection = rendezvous.connected(rendezvous.address())
        connection.settimeout(TIMEOUT)
        if not _is_taken(connection, words, files):
            return None
        connection.settimeout(None)
    except OSError:
        return None
    return connection


def _is_taken(connection: "_socket.socket", words: list[str] | None, files: list[int]) -> bool:
    if connection.recv(1) != protocol.READY:
        return False
    protocol.send(connection, words, files)
    return connection.recv(1) == protocol.TAKEN


def _exit_code(connection: "_socket.socket", signals: "_Signals") -> int:
    """Wait for the exit code, and pass signals on until it comes."""
    try:
        signals.pass_on(connection)
        code: bytes = connection.recv(1)
    except OSError:
        code = b""
    if code:
        return code[0]
    print("audiograph: the process that stood by has ended; the command may be incomplete", file=sys.stderr)
    return FAILED


class _Signals:
    """Signals to stop or pause: held until they can be passed on, and obeyed here if they never can."""

    def __init__(self) -> None:
        self._pending: list[int] = []
        self._connection: _socket.socket | None = None
        self._before: dict[int, object] = {}

    def __enter__(self) -> "_Signals":
        for number in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP, _signal.SIGTSTP):
            if _signal.getsignal(number) != _signal.SIG_IGN:
                self._before[number] = _signal.signal(number, self._hold)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            _signal.signal(number, handler)
        for number in self._pending:
            os.kill(os.getpid(), number)

    def pass_on(self, connection: "_socket.socket") -> None:
        """Pass on the signals held so far, and all that follow."""
        self._connection = connection
        while self._pending:
            self._send(connection, self._pending.pop(0))

    def _hold(self, number: int, _: FrameType | None) -> None:
        self._pending.append(number)
        if self._connection:
            self.pass_on(self._connection)

    def _send(self, connection: "_socket.socket", number: int) -> None:
        if number != _signal.SIGTSTP:
            connection.send(bytes([number]))
            return
        connection.send(bytes([_signal.SIGSTOP]))
        os.kill(os.getpid(), _signal.SIGSTOP)
        connection.send(bytes([_signal.SIGCONT]))  # runs after the shell has resumed this process


def dismiss(paths: list[str]) -> list[int]:
    """Ask the processes at these sockets to end; returns the ids of those that will."""
    processes = []
    for path in paths:
        try:
            connection = rendezvous.connected(path)
            connection.settimeout(TIMEOUT)
            if _is_taken(connection, None, []):
                processes.append(rendezvous.peer(connection)[0])
        except OSError:
            continue
    return processes
