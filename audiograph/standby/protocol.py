"""What a client sends: the words of a command, and all that it would have found in a process of its own."""

import os
import sys

try:
    import _socket
except ImportError:
    _socket = None  # type: ignore[assignment]

READY = b"r"  # said before a letter is sent: files that are passed to one who hangs stay open
TAKEN = b"t"  # the answer to a letter; the next is an exit code
STREAMS = (0, 1, 2)
COUNT = 4  # octets of a number
LONGEST = 2**24  # octets of a letter
MOST = 250  # open files, that the system passes on at once
END = -1  # in place of a count of words


class Letter:
    """A command. Without words, which is not of no words, it asks the process that stands by to end.

    No NamedTuple: what declares one takes 5 ms to import, a third of what a client takes in all.
    """

    def __init__(
        self,
        words: list[str] | None,
        mask: int,
        environment: dict[bytes, bytes],
        files: dict[int, int],
        here: int,
    ) -> None:
        self.words, self.mask, self.environment = words, mask, environment
        self.files = files  # the number of each open file at the client, and its number here
        self.here = here  # the working folder, open


def open_files() -> list[int]:
    """The numbers of this process's open files."""
    listed = map(int, os.listdir("/proc/self/fd"))
    return [number for number in sorted(listed) if _is_open(number)]


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:  # it was that of the list itself
        return False
    return True


def send(connection: "_socket.socket", words: list[str] | None, files: list[int]) -> None:
    """Send a command as this process would do it, with these open files."""
    mask = os.umask(0o077)
    os.umask(mask)
    count = END if words is None else len(words)
    numbers = b" ".join(b"%d" % number for number in files)
    variables = [name + b"=" + value for name, value in os.environb.items()]
    parts = [b"%d" % mask, numbers, b"%d" % count, *map(os.fsencode, words or ()), *variables]
    text = b"\0".join(parts)
    here = os.open(".", os.O_RDONLY | os.O_CLOEXEC)
    passed = b"".join(number.to_bytes(COUNT, sys.byteorder) for number in (*files, here))
    size = len(text).to_bytes(COUNT, sys.byteorder)
    connection.sendmsg([size], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, passed)])
    connection.sendall(text)
    os.close(here)


def receive(connection: "_socket.socket") -> Letter:
    """The letter that comes; ConnectionError where it breaks off."""
    head, extra, _, _ = connection.recvmsg(COUNT, _socket.CMSG_SPACE((MOST + 1) * COUNT))
    passed = [
        int.from_bytes(data[at : at + COUNT], sys.byteorder)
        for level, kind, data in extra
        if (level, kind) == (_socket.SOL_SOCKET, _socket.SCM_RIGHTS)
        for at in range(0, len(data), COUNT)
    ]
    size = int.from_bytes(head, sys.byteorder)
    if len(head) < COUNT or not passed or size > LONGEST:
        raise ConnectionError("is no letter")
    mask, numbers, count, *parts = _whole(connection, size).split(b"\0")
    *files, here = passed
    many = max(int(count), 0)
    words = [os.fsdecode(word) for word in parts[:many]]
    variables = {name: value for name, _, value in (part.partition(b"=") for part in parts[many:]) if name}
    there = dict(zip(map(int, numbers.split()), files, strict=True))
    return Letter(None if int(count) == END else words, int(mask), variables, there, here)


def _whole(connection: "_socket.socket", size: int) -> bytes:
    text = b""
    while len(text) < size:
        more = connection.recv(size - len(text))
        if not more:
            raise ConnectionError("breaks off")
        text += more
    return text
