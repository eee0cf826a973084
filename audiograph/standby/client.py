"""The side of a command: hand it over, and wait for its end."""

import os
import sys
from types import FrameType

from audiograph.standby import letter, meeting

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket

if meeting.POSSIBLE:
    import _signal  # type: ignore[import-not-found]  # `signal` takes 4 ms to import, for names

INTERRUPTED, FAILED = 130, 1


def hand_over(words: list[str]) -> int | None:
    """The exit code of a command that another process has done for this one.

    None where none stands by that is like this one, or it does not take it.
    """
    if not meeting.POSSIBLE or not os.path.isdir(meeting.folder()):
        return None
    if None in (sys.stdin, sys.stdout, sys.stderr):
        return None  # closed: there is nothing to pass on
    try:
        connection = meeting.connected(meeting.address())
        letter.send(connection, words)
        if connection.recv(1) != letter.TAKEN:
            return None
    except OSError:
        return None
    except KeyboardInterrupt:
        return INTERRUPTED
    return _ended(connection)


def _ended(connection: "_socket.socket") -> int:
    """The exit code, when it is there; signals are passed on till then."""

    def pass_on(number: int, _: FrameType | None) -> None:
        connection.send(bytes([number]))

    for number in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP):
        if _signal.getsignal(number) is not _signal.SIG_IGN:
            _signal.signal(number, pass_on)
    try:
        code: bytes = connection.recv(1)
    except OSError:
        code = b""
    if code:
        return code[0]
    print(
        "audiograph: the process that stood by has ended: nobody knows how far this one came", file=sys.stderr
    )
    return FAILED


def dismiss(paths: list[str]) -> list[int]:
    """Ask those who stand by at these places to end; the processes that do."""
    found = []
    for path in paths:
        try:
            connection = meeting.connected(path)
            letter.send(connection, None)
            if connection.recv(1) == letter.TAKEN:
                found.append(meeting.peer(connection)[0])
        except ConnectionRefusedError:
            os.unlink(path)  # of one that was killed
        except OSError:
            continue
    return found
