"""The process that stands by: it gives each command that comes to a worker."""

import gc
import os
import selectors
import signal
import socket
import sys
import sysconfig
from collections.abc import Callable
from contextlib import suppress
from fcntl import LOCK_EX, flock
from time import monotonic, sleep

from audiograph.standby import rendezvous as meeting
from audiograph.standby import worker
from audiograph.standby.worker import Command

WAITING = 64  # clients at most whose connection is not yet accepted
LOOK = 60  # seconds, after which it looks whether its socket is still there
SPARE = 2  # workers at most that wait for one


def _listening() -> socket.socket:
    """A socket at this process's meeting place.

    Raises FileExistsError where another process stands by there, and
    PermissionError where somebody else could put one.
    """
    home, path = meeting.folder(), meeting.address()
    os.makedirs(home, mode=0o700, exist_ok=True)
    found = os.stat(home)
    if found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise PermissionError(None, "others can write to it", home)
    with open(os.path.join(home, "lock"), "w") as lock:
        flock(lock, LOCK_EX)
        return _bound(path)


def _bound(path: str) -> socket.socket:
    try:
        meeting.connected(path).close()
        raise FileExistsError("one stands by already")
    except (FileNotFoundError, ConnectionRefusedError):
        with suppress(FileNotFoundError):
            os.unlink(path)  # of one that was killed
    found, mask = socket.socket(socket.AF_UNIX), os.umask(0o177)
    try:
        found.bind(path)
    finally:
        os.umask(mask)
    found.listen(WAITING)
    return found


class Server:
    """Workers, and who waits for them.

    `rehearse` runs in each worker before its command comes. The server ends
    after `idle` seconds without one, when it is asked to, when a file of its
    own code has changed, and when nobody can find it any more. Raises OSError
    where it cannot listen.
    """

    def __init__(self, rehearse: Callable[[], None], do: Command, idle: float) -> None:
        self._rehearse, self._do, self._idle = rehearse, do, idle
        self._process = os.getpid()
        self._listener = _listening()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._busy: dict[int, socket.socket] = {}  # client of each worker, by its process
        self._spare: dict[int, socket.socket] = {}  # desk of each worker, by its process
        self._ready: list[int] = []  # those of them that have rehearsed
        self._open = True
        self._code = {path: _changed(path) for path in _sources()}
        self._used = monotonic()
        self._path = self._listener.getsockname()
        self._place = os.stat(self._path).st_ino

    def serve(self) -> None:
        """Until the end."""
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        gc.collect()
        gc.freeze()  # workers would copy every page that the collector looks at
        for _ in range(SPARE):
            self._hire()
        while self._open or self._busy:
            left = self._used + self._idle - monotonic()
            if (left <= 0 and not self._busy) or not self._is_there():
                self._close()
            for key, _ in self._selector.select(min(max(left, 1), LOOK)):
                with suppress(OSError):  # of one client or worker, which is no reason to leave the others
                    key.data(key.fileobj)

    def _accept(self, sink: socket.socket) -> None:
        try:
            client, _ = sink.accept()
        except OSError:  # there is no number for one more file
            sleep(0.05)
            return
        self._used = monotonic()
        if meeting.peer(client)[1] != os.geteuid():
            client.close()
        elif any(_changed(path) != then for path, then in self._code.items()):
            client.close()
            self._close()
        else:
            try:
                self._give(client)
            except OSError:  # there is no room for one more process
                client.close()

    def _give(self, client: socket.socket) -> None:
        """To a worker that has rehearsed; else to a new one, which has not."""
        if self._ready:
            number = self._ready.pop(0)
            desk = self._spare.pop(number)
        else:
            number, desk = self._forked(None)
        self._busy[number] = client
        with suppress(OSError):
            socket.send_fds(desk, [b"c"], [client.fileno()])

    def _hire(self) -> None:
        number, desk = self._forked(self._rehearse)
        self._spare[number] = desk

    def _forked(self, rehearse: Callable[[], None] | None) -> tuple[int, socket.socket]:
        """The process and the desk of a new worker."""
        desk, theirs = socket.socketpair()
        number = os.fork()
        if not number:
            for key in list(self._selector.get_map().values()):
                key.fileobj.close()  # type: ignore[union-attr]
            for client in self._busy.values():
                client.close()
            self._selector.close()
            desk.close()
            worker.work(theirs, self._process, rehearse, self._do)
        theirs.close()
        self._selector.register(desk, selectors.EVENT_READ, lambda desk: self._told(number, desk))
        return number, desk

    def _told(self, number: int, desk: socket.socket) -> None:
        """By a worker, or by its end."""
        said = desk.recv(1)
        if said == worker.READY:
            self._ready.append(number)
        elif said == worker.TAKEN:
            client = self._busy[number]
            self._selector.register(client, selectors.EVENT_READ, lambda client: self._asked(number, client))
        elif said == worker.STOP:
            self._close()
        else:
            self._gone(number, desk)

    def _asked(self, number: int, client: socket.socket) -> None:
        """A client has passed a signal on, or has gone."""
        passed = client.recv(1)
        if not passed:
            self._selector.unregister(client)
        with suppress(ProcessLookupError):
            for each in passed or (signal.SIGTERM, signal.SIGCONT):
                os.kill(number, each)

    def _gone(self, number: int, desk: socket.socket) -> None:
        self._selector.unregister(desk)
        desk.close()
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
                self._hire()  # not sooner: to rehearse takes from the processors what the command could use

    def _close(self) -> None:
        """Take no more, and end when all is done."""
        if not self._open:
            return
        self._open = False
        if self._is_there():
            os.unlink(self._path)
        self._selector.unregister(self._listener)
        self._listener.close()
        for desk in self._spare.values():
            desk.shutdown(socket.SHUT_RDWR)

    def _is_there(self) -> bool:
        """Whether its socket is where it was, and not that of one that has come after."""
        try:
            return os.stat(self._path).st_ino == self._place
        except OSError:
            return False


def _sources() -> list[str]:
    """What this process has imported: folders of installed packages, and files elsewhere; folders of our own.

    To install, upgrade or remove a package changes the folder that it is in.
    """
    installed = {path for path in sys.path if path.endswith("-packages")}
    homes = {*installed, sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    still = tuple(os.path.join(home, "") for home in homes)
    named = {name: getattr(module, "__file__", None) or "" for name, module in list(sys.modules.items())}
    loose = {name: path for name, path in named.items() if path and not path.startswith(still)}
    ours = {os.path.dirname(path) for name, path in loose.items() if name.startswith("audiograph")}
    return [*installed, *loose.values(), *ours]


def _changed(path: str) -> int:
    """When it was changed, in ns."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0
