"""What a client sends: the words of a command, and all that it would have found in a process of its own."""

import os
import sys

try:
    import _socket
except ImportError:
    _socket = None  # type: ignore[assignment]

TAKEN, REFUSED = b"t", b"r"  # the first answer; the second is an exit code
STREAMS = (0, 1, 2)
COUNT = 4  # octets of a number
END = -1  # in place of a count of words
LONGEST = 2**24  # octets of a letter


class Letter:
    """A command. Without words, which is not of no words, it asks the process that stands by to end.

    No NamedTuple: what declares one takes 5 ms to import, a third of what a client takes in all.
    """

    def __init__(
        self, words: list[str] | None, mask: int, environment: dict[bytes, bytes], files: list[int]
    ) -> None:
        self.words, self.mask, self.environment = words, mask, environment
        self.files = files  # the three streams, then the working folder


def send(connection: "_socket.socket", words: list[str] | None) -> None:
    """Send a command as this process would do it."""
    mask = os.umask(0o077)
    os.umask(mask)
    variables = [name + b"=" + value for name, value in os.environb.items()]
    count = END if words is None else len(words)
    parts = [b"%d" % mask, b"%d" % count, *map(os.fsencode, words or ()), *variables]
    text = b"\0".join(parts)
    here = os.open(".", os.O_RDONLY | os.O_CLOEXEC)
    files = b"".join(number.to_bytes(COUNT, sys.byteorder) for number in (*STREAMS, here))
    sizes = len(text).to_bytes(COUNT, sys.byteorder)
    connection.sendmsg([sizes], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, files)])
    connection.sendall(text)
    os.close(here)


def receive(connection: "_socket.socket") -> Letter:
    """The letter that comes; ConnectionError where it breaks off."""
    room = _socket.CMSG_SPACE((len(STREAMS) + 1) * COUNT)
    sizes, extra, _, _ = connection.recvmsg(COUNT, room)
    files = [
        int.from_bytes(data[at : at + COUNT], sys.byteorder)
        for level, kind, data in extra
        if (level, kind) == (_socket.SOL_SOCKET, _socket.SCM_RIGHTS)
        for at in range(0, len(data), COUNT)
    ]
    size = int.from_bytes(sizes, sys.byteorder)
    if len(sizes) < COUNT or len(files) != len(STREAMS) + 1 or size > LONGEST:
        raise ConnectionError("is no letter")
    mask, count, *parts = _whole(connection, size).split(b"\0")
    many = max(int(count), 0)
    words = [os.fsdecode(word) for word in parts[:many]]
    variables = {name: value for name, _, value in (part.partition(b"=") for part in parts[many:])}
    return Letter(None if int(count) == END else words, int(mask), variables, files)


def _whole(connection: "_socket.socket", size: int) -> bytes:
    text = b""
    while len(text) < size:
        more = connection.recv(size - len(text))
        if not more:
            raise ConnectionError("breaks off")
        text += more
    return text
