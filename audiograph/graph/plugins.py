"""Node types and recipes of installed packages, loaded so that none of them can harm anything else.

What a package prints while it is loaded goes to stderr, since stdout may be sound
or JSON; it finds nothing on stdin; and it has 30 s. One that raises anything,
exits, takes longer or has nothing to offer is left out, with a warning that names it.
The current folder, signals and the like are afterwards what they were.
"""

import gc
import io
import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout, suppress
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from audiograph.errors import warn
from audiograph.node import NodeType

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "audiograph.nodes"  # entry points of installed packages: a module, or a single node type
RECIPES = "audiograph.recipes"  # entry points: a package with graph files in it
SECONDS = 30.0  # that loading one may take
AGAIN = 1.0  # seconds after which one that caught the end of its time is told again


class Plugins(NamedTuple):
    """The installed plugins of a group."""

    loaded: list[tuple[str, Any]]  # (name of the package, what its entry point refers to)
    broken: dict[str, str]  # name of the package -> what is wrong


class _TooLong(BaseException):
    """The time of a plugin is over. It is no Exception, so that the plugin does not catch it."""

    def __str__(self) -> str:
        return f"takes longer than {SECONDS:g} s to load"


@cache
def plugins(group: str) -> Plugins:
    """The installed plugins of a group. They are loaded once, so each broken one is reported once."""
    found = Plugins([], {})
    for point in _entry_points(group):
        home = f"{point.dist.name if point.dist else point.name} ({point.value})"
        try:
            with _as_before(), _muted(), _limited():
                plugin = point.load()
                _check(group, plugin)
            found.loaded.append((home, plugin))
        except BaseException as error:  # third-party code may raise anything
            if isinstance(error, KeyboardInterrupt) or _is_ours(error):
                raise
            found.broken[home] = one_line(error)
            warn("%s cannot be used and is left out: %s", home, found.broken[home])
    return found


def types_of(home: Any) -> Iterator[tuple[str, NodeType]]:
    """The node type itself, or those that a module declares; not those it imports."""
    if isinstance(home, NodeType):
        yield home.name, home
        return
    for kind in vars(home).values():
        if isinstance(kind, NodeType) and kind.make.__module__ == home.__name__:
            yield kind.name, kind


def one_line(error: BaseException) -> str:
    """What somebody else's code raised, on one line."""
    if isinstance(error, _TooLong):
        return str(error)
    return " ".join(f"{type(error).__name__}: {error}".split())


def forget() -> None:
    """Make the next use load the plugins again, and look for them again."""
    plugins.cache_clear()
    _entry_point_files.cache_clear()


def _is_ours(error: BaseException) -> bool:
    """Whether this is what ends a command, such as a signal, and not what a plugin raised."""
    return type(error).__module__.startswith("audiograph.cli.")


def _check(group: str, plugin: Any) -> None:
    """Raises TypeError where an entry point refers to nothing that can be used."""
    if group == RECIPES:
        if not getattr(plugin, "__path__", None):
            raise TypeError("it is no package with recipes in it")
    elif not (isinstance(plugin, (NodeType, ModuleType)) and list(types_of(plugin))):
        raise TypeError("it is no node type, and no module that declares one")


@contextmanager
def _as_before() -> Iterator[None]:
    """Afterwards the process is what it was; a process that was forked within and left the plugin ends."""
    process, leave, folder = os.getpid(), os._exit, ""
    with suppress(OSError):
        folder = os.getcwd()  # noqa: PTH109
    mask = os.umask(0o077)
    os.umask(mask)
    depth, path, collects = sys.getrecursionlimit(), list(sys.path), gc.isenabled()
    handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}

    def stay(status: int) -> NoReturn:
        if os.getpid() != process:
            leave(status)
        raise SystemExit(status)

    os._exit = stay
    try:
        yield
    finally:
        os._exit = leave
        if os.getpid() != process:
            leave(0)
        sys.setrecursionlimit(depth)
        if missing := [each for each in path if each not in sys.path]:
            sys.path += missing
        if collects:
            gc.enable()
        os.umask(mask)
        if folder:
            with suppress(OSError):
                os.chdir(folder)
        for number, handler in handlers.items():
            if handler is not None and signal.getsignal(number) is not handler:
                with suppress(ValueError, OSError):  # of a thread that may set none
                    signal.signal(number, handler)


@contextmanager
def _muted() -> Iterator[None]:
    """Within, what is printed goes to stderr, and stdin is empty.

    So it is for programs that are started, too, unless another thread may print meanwhile.
    """
    with ExitStack() as stack:
        if threading.active_count() == 1:
            stack.enter_context(_descriptor(1, 2))
        stack.enter_context(redirect_stdout(sys.stderr or io.StringIO()))
        before, sys.stdin = sys.stdin, io.StringIO()
        try:
            yield
        finally:
            sys.stdin = before


@contextmanager
def _descriptor(number: int, other: int) -> Iterator[None]:
    """Within, one descriptor is that of another file; nothing changes if either is closed."""
    try:
        saved = os.dup(number)
        os.dup2(other, number)
    except OSError:
        yield
        return
    try:
        yield
    finally:
        os.dup2(saved, number)
        os.close(saved)


@contextmanager
def _limited() -> Iterator[None]:
    """Raises _TooLong within where this takes longer than SECONDS, even in a sleep if a signal can end it."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        with _limited_thread():
            yield
        return
    if signal.getsignal(signal.SIGALRM) is not signal.SIG_DFL:  # somebody else needs it
        yield
        return

    def ring(*_: Any) -> None:
        raise _TooLong

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, SECONDS, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


@contextmanager
def _limited_thread() -> Iterator[None]:
    """The same for a thread that gets no signals: it is ended between two steps of Python."""
    from ctypes import c_ulong, py_object, pythonapi  # rarely needed, so not imported at start

    here, lock, over = threading.get_ident(), threading.Lock(), threading.Event()

    def ring() -> None:
        with lock:
            if not over.is_set():
                pythonapi.PyThreadState_SetAsyncExc(c_ulong(here), py_object(_TooLong))

    timer = threading.Timer(SECONDS, ring)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        with lock:
            over.set()
        timer.cancel()


def _entry_points(group: str) -> Iterable["EntryPoint"]:
    """The entry points of a group. importlib.metadata is slow to import, and usually there are none."""
    if not any(f"[{group}]".encode() in text for text in _entry_point_files()):
        return ()
    from importlib.metadata import entry_points

    return entry_points(group=group)


@cache
def _entry_point_files() -> list[bytes]:
    """The content of entry_points.txt of every installed package that has one."""
    contents = []
    for folder in filter(os.path.isdir, map(os.path.abspath, sys.path)):
        with suppress(OSError):
            for info in [item.path for item in os.scandir(folder) if item.name.endswith("-info")]:
                with suppress(OSError):
                    contents.append(Path(info, "entry_points.txt").read_bytes())
    return contents
