"""Machine code of kernels: compiled once by numba, then stored on disk and run without it.

A `Compiled` kernel looks for its machine code in the store, a folder of files,
and maps it into memory, which takes a fraction of a millisecond. Only if there
is none is numba imported, compiles the kernel and fills the store. numba itself
runs the kernel on platforms where stored code is not trusted, and if a kernel
is not fit to be stored.
"""

from audiograph.machine_code.arguments import Kinds
from audiograph.machine_code.compiled import Compiled
from audiograph.machine_code.kernel_warning import KernelWarning
from audiograph.machine_code.process import compile_listener, paused_collector, short_turns
from audiograph.machine_code.store import folder

__all__ = [
    "Compiled",
    "KernelWarning",
    "Kinds",
    "compile_listener",
    "folder",
    "paused_collector",
    "short_turns",
]
