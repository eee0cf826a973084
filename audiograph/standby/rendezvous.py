"""Where clients find the process that stands by: a socket in a folder of the user's own.

The name of the socket is a digest of everything that is fixed when a process
starts. So a command never reaches a process that would run it differently: with
another Python or package, another user, other rights, limits, settings,
processors or files.
"""

import os
import sys

from audiograph.digest import blake2b

try:
    import _socket  # `socket` takes 8 ms to import and adds nothing needed here
except ImportError:
    _socket = None  # type: ignore[assignment]

SUPPORTED = sys.platform == "linux" and _socket is not None
SETTINGS = (  # prefixes of environment variables that are read once, when a process starts
    "AUDIOGRAPH_", "LANG", "LC_", "LD_", "MALLOC_", "NPY_", "NUMBA_", "OMP_", "OPENBLAS_", "PYTHON",
)  # fmt: skip
KEPT = (  # prefixes of those that a process which stands by keeps: of whoever started it, nothing secret
    *SETTINGS, "HOME", "PATH", "TMPDIR", "TZ", "USER", "LOGNAME", "XDG_", "VIRTUAL_ENV", "TERM",
    "COLUMNS", "NO_COLOR", "STANDBY_",
)  # fmt: skip
STATUS = (  # prefixes of lines of /proc/self/status
    b"Uid", b"Gid", b"Groups", b"Cap", b"NoNewPrivs", b"Seccomp:", b"SigBlk", b"Cpus_allowed:",
)  # fmt: skip
PEER_CREDENTIALS = 17  # SO_PEERCRED: process, user and group of the other side, four bytes each
PREFIX = "standby-"


def folder() -> str:
    """The folder of the sockets."""
    home = os.environ.get("XDG_RUNTIME_DIR", "")
    return os.path.join(home if os.path.isabs(home) else os.path.expanduser("~/.cache"), "audiograph")


def address() -> str:
    """The path of the socket for processes like this one; OSError if /proc cannot be read."""
    return os.path.join(folder(), PREFIX + blake2b(_fingerprint(), digest_size=8).hexdigest())


def addresses() -> list[str]:
    """The paths of all sockets in the folder, whatever their processes are like."""
    try:
        names = sorted(os.listdir(folder()))
    except OSError:
        return []
    return [os.path.join(folder(), name) for name in names if name.startswith(PREFIX)]


def connected(path: str) -> "_socket.socket":
    """A connection to the process at `path`; OSError if there is none, or if it is another user's."""
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    connection.connect(path)
    if peer(connection)[1] != os.geteuid():
        raise PermissionError(None, "is not this user's", path)
    return connection


def peer(connection: "_socket.socket") -> tuple[int, int]:
    """The process id and the user id at the other end."""
    credentials = connection.getsockopt(_socket.SOL_SOCKET, PEER_CREDENTIALS, 12)
    return int.from_bytes(credentials[:4], sys.byteorder), int.from_bytes(credentials[4:8], sys.byteorder)


def _fingerprint() -> bytes:
    """Everything that must be equal for one process to stand in for another."""
    settings = sorted(item for item in os.environ.items() if item[0].startswith(SETTINGS))
    python = sys.version, sys.executable, sys.prefix, sys.path, sys.flags, sys.warnoptions, sys._xoptions
    root = os.stat("/")
    place = os.uname().nodename, os.readlink("/proc/self/ns/mnt"), root.st_dev, root.st_ino, os.nice(0)
    rights = [line for line in _read("/proc/self/status").splitlines() if line.startswith(STATUS)]
    return repr((__file__, python, settings, place, rights, _read("/proc/self/limits"))).encode()


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
