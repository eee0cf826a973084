"""The side of a command: hand it over, and wait for its end."""

import os
import sys
from types import FrameType, TracebackType

from audiograph.standby import protocol as letter
from audiograph.standby import rendezvous as meeting

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket

if meeting.POSSIBLE:
    import _signal  # type: ignore[import-not-found]  # `signal` takes 4 ms to import, for names

FAILED = 1
PATIENCE = 2.0  # seconds for the answer that it is taken; who takes longer hangs, or has too much to do


def hand_over(words: list[str]) -> int | None:
    """The exit code of a command that another process has done for this one.

    None where none stands by that is like this one, or it does not take it.
    """
    if not meeting.POSSIBLE or not os.path.isdir(meeting.folder()):
        return None
    if None in (sys.stdin, sys.stdout, sys.stderr):
        return None  # closed, and there is no way to pass that on
    with _Signals() as signals:
        connection = _given(words)
        return None if connection is None else _ended(connection, signals)


def _given(words: list[str]) -> "_socket.socket | None":
    """A connection to who has taken the command."""
    try:
        files = letter.open_files()
        connection = meeting.connected(meeting.address())
        connection.settimeout(PATIENCE)
        if not _taken(connection, words, files):
            return None
        connection.settimeout(None)
    except OSError:
        return None
    return connection


def _taken(connection: "_socket.socket", words: list[str] | None, files: list[int]) -> bool:
    if connection.recv(1) != letter.READY:
        return False
    letter.send(connection, words, files)
    return connection.recv(1) == letter.TAKEN


def _ended(connection: "_socket.socket", signals: "_Signals") -> int:
    """The exit code, when it is there; signals are passed on till then."""
    try:
        signals.pass_on(connection)
        code: bytes = connection.recv(1)
    except OSError:
        code = b""
    if code:
        return code[0]
    print("audiograph: the process that stood by has ended: nobody knows how far this got", file=sys.stderr)
    return FAILED


class _Signals:
    """Those that ask to stop or to pause: kept until they can be passed on, obeyed if they never can."""

    def __init__(self) -> None:
        self._kept: list[int] = []
        self._connection: _socket.socket | None = None
        self._before: dict[int, object] = {}

    def __enter__(self) -> "_Signals":
        for number in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP, _signal.SIGTSTP):
            if _signal.getsignal(number) != _signal.SIG_IGN:
                self._before[number] = _signal.signal(number, self._keep)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            _signal.signal(number, handler)
        for number in self._kept:
            os.kill(os.getpid(), number)

    def pass_on(self, connection: "_socket.socket") -> None:
        """Pass on those that came and that will come."""
        self._connection = connection
        while self._kept:
            self._send(connection, self._kept.pop(0))

    def _keep(self, number: int, _: FrameType | None) -> None:
        self._kept.append(number)
        if self._connection:
            self.pass_on(self._connection)

    def _send(self, connection: "_socket.socket", number: int) -> None:
        if number != _signal.SIGTSTP:
            connection.send(bytes([number]))
            return
        connection.send(bytes([_signal.SIGSTOP]))
        os.kill(os.getpid(), _signal.SIGSTOP)
        connection.send(bytes([_signal.SIGCONT]))  # so the shell has brought it back


def dismiss(paths: list[str]) -> list[int]:
    """Ask those who stand by at these places to end; the processes that will."""
    found = []
    for path in paths:
        try:
            connection = meeting.connected(path)
            connection.settimeout(PATIENCE)
            if _taken(connection, None, []):
                found.append(meeting.peer(connection)[0])
        except OSError:
            continue
    return found
