"""Machine code of kernels: made by numba once, then kept on disk and run without it.

`Compiled` is a kernel as machine code. It looks for an entry in the store, a
folder of files, and maps it into memory: that takes a fraction of a millisecond.
Only where there is none is numba imported, and then fills the store. Where this
is not to be trusted, or a kernel is not fit for it, numba runs the kernel.
"""

from audiograph.machine_code.arguments import Kinds
from audiograph.machine_code.compiled import Compiled
from audiograph.machine_code.kernel_warning import KernelWarning
from audiograph.machine_code.process import compile_listener, on_compile, paused_collector, short_turns
from audiograph.machine_code.store import folder

__all__ = [
    "Compiled",
    "KernelWarning",
    "Kinds",
    "compile_listener",
    "folder",
    "on_compile",
    "paused_collector",
    "short_turns",
]
