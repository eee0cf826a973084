"""The server: the process that stands by and gives each incoming command to a worker."""

import gc
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from fcntl import LOCK_EX, flock
from time import monotonic, sleep

from audiograph.standby import rendezvous, worker
from audiograph.standby.worker import Command

BACKLOG = 64  # connections that may wait to be accepted
CHECK_INTERVAL = 60  # seconds between checks that its socket is still there
SPARE = 2  # workers that wait for a command


def _listening() -> socket.socket:
    """A listening socket at the address for processes like this one.

    Raises FileExistsError if another process stands by there, and
    PermissionError if other users could put a socket there.
    """
    home, path = rendezvous.folder(), rendezvous.address()
    os.makedirs(home, mode=0o700, exist_ok=True)
    status = os.stat(home)
    if status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise PermissionError(None, "others can write to it", home)
    with open(os.path.join(home, "lock"), "w") as lock:
        flock(lock, LOCK_EX)
        return _bound(path)


def _bound(path: str) -> socket.socket:
    try:
        rendezvous.connected(path).close()
        raise FileExistsError("a process stands by already")
    except (FileNotFoundError, ConnectionRefusedError):
        with suppress(FileNotFoundError):
            os.unlink(path)  # left by a process that was killed
    listener, mask = socket.socket(socket.AF_UNIX), os.umask(0o177)
    try:
        listener.bind(path)
    finally:
        os.umask(mask)
    listener.listen(BACKLOG)
    return listener


class Server:
    """Accepts clients and gives each to a worker.

    `warm_up` runs in each worker before its command comes, `run` runs the command.
    The server ends after `idle` seconds without a command, on request, when a
    file of its own code has changed, and when its socket has been removed.
    Raises OSError if it cannot listen.
    """

    def __init__(self, warm_up: Callable[[], None], run: Command, idle: float) -> None:
        self._warm_up, self._run, self._idle = warm_up, run, idle
        self._process = os.getpid()
        self._listener = _listening()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._busy: dict[int, socket.socket] = {}  # process id of a busy worker -> its client
        self._spare: dict[int, socket.socket] = {}  # process id of a spare worker -> the channel to it
        self._ready: list[int] = []  # process ids of spare workers that have warmed up
        self._open = True
        self._code = {path: _changed(path) for path in _sources()}
        self._used = monotonic()
        self._path = self._listener.getsockname()
        self._place = os.stat(self._path).st_ino

    def serve(self) -> None:
        """Serve clients until the end."""
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        gc.collect()
        gc.freeze()  # or workers would copy every page that the collector touches
        for _ in range(SPARE):
            self._spawn()
        while self._open or self._busy:
            left = self._used + self._idle - monotonic()
            if (left <= 0 and not self._busy) or not self._is_there():
                self._close()
            for key, _ in self._selector.select(min(max(left, 1), CHECK_INTERVAL)):
                with suppress(OSError):  # an error of one client or worker must not affect the others
                    key.data(key.fileobj)

    def _accept(self, sink: socket.socket) -> None:
        try:
            client, _ = sink.accept()
        except OSError:  # too many open files
            sleep(0.05)
            return
        self._used = monotonic()
        if rendezvous.peer(client)[1] != os.geteuid():
            client.close()
        elif any(_changed(path) != then for path, then in self._code.items()):
            client.close()
            self._close()
        else:
            try:
                self._give(client)
            except OSError:  # too many processes
                client.close()

    def _give(self, client: socket.socket) -> None:
        """Give a client to a spare worker, or else to a new one, which has not warmed up."""
        if self._ready:
            number = self._ready.pop(0)
            channel = self._spare.pop(number)
        else:
            number, channel = self._forked(None)
        self._busy[number] = client
        with suppress(OSError):
            socket.send_fds(channel, [b"c"], [client.fileno()])

    def _spawn(self) -> None:
        number, channel = self._forked(self._warm_up)
        self._spare[number] = channel

    def _forked(self, warm_up: Callable[[], None] | None) -> tuple[int, socket.socket]:
        """Fork a worker; returns its process id and the channel to it."""
        channel, theirs = socket.socketpair()
        number = os.fork()
        if not number:
            for key in list(self._selector.get_map().values()):
                key.fileobj.close()  # type: ignore[union-attr]
            for client in self._busy.values():
                client.close()
            self._selector.close()
            channel.close()
            worker.work(theirs, self._process, warm_up, self._run)
        theirs.close()
        self._selector.register(
            channel, selectors.EVENT_READ, lambda channel: self._on_worker(number, channel)
        )
        return number, channel

    def _on_worker(self, number: int, channel: socket.socket) -> None:
        """Handle a message of a worker, or its end."""
        message = channel.recv(1)
        if message == worker.READY:
            self._ready.append(number)
        elif message == worker.TAKEN:
            client = self._busy[number]
            self._selector.register(
                client, selectors.EVENT_READ, lambda client: self._on_client(number, client)
            )
        elif message == worker.STOP:
            self._close()
        else:
            self._reap(number, channel)

    def _on_client(self, number: int, client: socket.socket) -> None:
        """Pass a signal from a client on to its worker; stop the worker if the client has gone."""
        signals = client.recv(1)
        if not signals:
            self._selector.unregister(client)
        with suppress(ProcessLookupError):
            for each in signals or (signal.SIGTERM, signal.SIGCONT):
                os.kill(number, each)

    def _reap(self, number: int, channel: socket.socket) -> None:
        self._selector.unregister(channel)
        channel.close()
        _, status = os.waitpid(number, 0)
        code = os.waitstatus_to_exitcode(status)
        self._spare.pop(number, None)
        if number in self._ready:
            self._ready.remove(number)
        client = self._busy.pop(number, None)
        if client:
            with suppress(KeyError):
                self._selector.unregister(client)
            with suppress(OSError):
                client.send(bytes([code if code >= 0 else 128 - code]))
            client.close()
            self._used = monotonic()
            if self._open and len(self._spare) < SPARE:
                self._spawn()  # not sooner: the command should have the processors to itself

    def _close(self) -> None:
        """Accept no more clients, and end when all workers are done."""
        if not self._open:
            return
        self._open = False
        if self._is_there():
            os.unlink(self._path)
        self._selector.unregister(self._listener)
        self._listener.close()
        for channel in self._spare.values():
            channel.shutdown(socket.SHUT_RDWR)

    def _is_there(self) -> bool:
        """Whether its socket still exists, and is not that of a later server."""
        try:
            return os.stat(self._path).st_ino == self._place
        except OSError:
            return False


def _sources() -> list[str]:
    """The sources of this process: every file that was imported, and the folders of packages.

    Installing, upgrading or removing a package changes the folder that contains it.
    """
    installed = {path for path in sys.path if path.endswith("-packages")}
    files = {name: getattr(module, "__file__", None) for name, module in list(sys.modules.items())}
    loaded = {name: path for name, path in files.items() if isinstance(path, str) and path}
    ours = {os.path.dirname(path) for name, path in loaded.items() if name.startswith("audiograph")}
    return sorted({*installed, *loaded.values(), *ours})


def _changed(path: str) -> tuple[int, int, int]:
    """The time of its last change in ns, its size, and which file it is; zeros if it is gone."""
    try:
        status = os.stat(path)
    except OSError:
        return 0, 0, 0
    return status.st_mtime_ns, status.st_size, status.st_ino
