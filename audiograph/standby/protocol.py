"""The request of a client: a command, and everything it would have had in a process of its own."""

import os
import sys

try:
    import _socket
except ImportError:
    _socket = None  # type: ignore[assignment]

READY = b"r"  # sent by the worker first: files passed to a worker that hangs would stay open
TAKEN = b"t"  # the answer to a request; after it comes the exit code
INT_SIZE = 4  # bytes of a number
MAX_REQUEST = 2**24  # bytes
MAX_FILES = 250  # open files that the system passes on at once
STOP = -1  # in place of the number of arguments


class Request:
    """A command to run. If `words` is None, which is not the same as empty, it asks the server to stop.

    Not a NamedTuple: `typing` takes 5 ms to import, a third of the time of a client.
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
        self.files = files  # open files: descriptor in the client -> descriptor here
        self.here = here  # descriptor of the working folder


def open_files() -> list[int]:
    """The descriptors of this process's open files."""
    listed = map(int, os.listdir("/proc/self/fd"))
    return [number for number in sorted(listed) if _is_open(number)]


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:  # it was the descriptor of the listing itself
        return False
    return True


def send(connection: "_socket.socket", words: list[str] | None, files: list[int]) -> None:
    """Send a command with the environment of this process and these open files; None asks to stop."""
    mask = os.umask(0o077)
    os.umask(mask)
    count = STOP if words is None else len(words)
    numbers = b" ".join(b"%d" % number for number in files)
    variables = [name + b"=" + value for name, value in os.environb.items()]
    parts = [b"%d" % mask, numbers, b"%d" % count, *map(os.fsencode, words or ()), *variables]
    text = b"\0".join(parts)
    here = os.open(".", os.O_RDONLY | os.O_CLOEXEC)
    passed = b"".join(number.to_bytes(INT_SIZE, sys.byteorder) for number in (*files, here))
    size = len(text).to_bytes(INT_SIZE, sys.byteorder)
    connection.sendmsg([size], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, passed)])
    connection.sendall(text)
    os.close(here)


def receive(connection: "_socket.socket") -> Request:
    """Receive a request; ConnectionError if it is malformed or breaks off."""
    head, extra, _, _ = connection.recvmsg(INT_SIZE, _socket.CMSG_SPACE((MAX_FILES + 1) * INT_SIZE))
    passed = [
        int.from_bytes(data[at : at + INT_SIZE], sys.byteorder)
        for level, kind, data in extra
        if (level, kind) == (_socket.SOL_SOCKET, _socket.SCM_RIGHTS)
        for at in range(0, len(data), INT_SIZE)
    ]
    size = int.from_bytes(head, sys.byteorder)
    if len(head) < INT_SIZE or not passed or size > MAX_REQUEST:
        raise ConnectionError("is not a request")
    mask, numbers, count, *parts = _receive_exactly(connection, size).split(b"\0")
    *files, here = passed
    number_of_words = max(int(count), 0)
    words = [os.fsdecode(word) for word in parts[:number_of_words]]
    assignments = (part.partition(b"=") for part in parts[number_of_words:])
    variables = {name: value for name, _, value in assignments if name}
    descriptors = dict(zip(map(int, numbers.split()), files, strict=True))
    return Request(None if int(count) == STOP else words, int(mask), variables, descriptors, here)


def _receive_exactly(connection: "_socket.socket", size: int) -> bytes:
    text = b""
    while len(text) < size:
        more = connection.recv(size - len(text))
        if not more:
            raise ConnectionError("breaks off")
        text += more
    return text
