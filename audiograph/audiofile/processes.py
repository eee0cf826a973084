"""Whether another process is still there.

Reference: Microsoft, "Win32 API": OpenProcess, WaitForSingleObject. On Windows
`os.kill(process, 0)` is no question: it ends the process.
"""

import os
import sys

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

else:

    def is_alive(process: int) -> bool:
        """Whether a process of this number runs; True where the system does not say."""
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
        except (OSError, OverflowError):
            return True
        return True
