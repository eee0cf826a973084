"""Whether another process is still there, and whether it holds a file.

A number says little of a process in another container, so a file is held by a
lock, too. On Windows nobody can remove what another process has open.

Reference: Microsoft, "Win32 API": OpenProcess, WaitForSingleObject. On Windows
`os.kill(process, 0)` is no question: it ends the process.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

if sys.platform == "win32":
    import ctypes

    SYNCHRONIZE, INVALID_PARAMETER, TIMEOUT = 0x100000, 87, 258

    def is_alive(process: int) -> bool:
        """Whether a process of this number runs; True where the system does not say."""
        if not 0 < process < 2**32:
            return False
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.OpenProcess.restype = ctypes.c_void_p
        kernel.WaitForSingleObject.argtypes = ctypes.c_void_p, ctypes.c_uint32
        kernel.CloseHandle.argtypes = (ctypes.c_void_p,)
        handle = kernel.OpenProcess(SYNCHRONIZE, False, ctypes.c_uint32(process))
        if not handle:
            return ctypes.get_last_error() != INVALID_PARAMETER
        try:
            return bool(kernel.WaitForSingleObject(handle, 0) == TIMEOUT)
        finally:
            kernel.CloseHandle(handle)

    def hold(handle: int) -> None:
        """Mark an open file as held, as long as it is open; where that is possible."""

    def is_held(path: Path) -> bool:  # noqa: ARG001
        """Whether a process holds this file."""
        return False

else:
    from fcntl import LOCK_EX, LOCK_NB, flock

    def is_alive(process: int) -> bool:
        """Whether a process of this number runs; True where the system does not say."""
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
        except (OSError, OverflowError):
            return True
        return True

    def hold(handle: int) -> None:
        """Mark an open file as held, as long as it is open; where that is possible."""
        with suppress(OSError):  # a file system without locks
            flock(handle, LOCK_EX | LOCK_NB)

    def is_held(path: Path) -> bool:
        """Whether a process holds this file."""
        with suppress(OSError):
            handle = os.open(path, os.O_RDONLY)
            try:
                flock(handle, LOCK_EX | LOCK_NB)
            except BlockingIOError:
                return True
            finally:
                os.close(handle)
        return False
