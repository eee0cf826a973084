"""Machine code of kernels: made by numba once, then kept on disk and run without it.

`Compiled` is a kernel as machine code. It looks for an entry in the store, a
folder of files, and maps it into memory: that takes a fraction of a millisecond.
Only where there is none is numba imported, and then fills the store. Where this
is not to be trusted, or a kernel is not fit for it, numba runs the kernel.
"""

from audiograph.machine_code.arguments import Kinds
from audiograph.machine_code.compiled import Compiled, KernelWarning, on_compile
from audiograph.machine_code.store import folder

__all__ = ["Compiled", "KernelWarning", "Kinds", "folder", "on_compile"]
