"""Machine code in memory: linked by llvmlite, and called as a Python builtin."""

import ctypes
import os
import platform
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from audiograph.machine_code.store import FORMAT

PLATFORMS = [("Linux", "x86_64")]  # the linker has been tried out on
NUMBA = (0, 62)  # and the first version whose LLVM code looks as is expected here
NO_ARGUMENTS = 4  # METH_NOARGS

Binder = Callable[[bytes, tuple[Any, ...]], Callable[[], None]]  # of slots, and of what must stay alive
_names = count()


class _Method(ctypes.Structure):
    """PyMethodDef."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("code", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


@cache
def trusted() -> bool:
    """Whether stored code may be linked here; else numba itself runs the kernels."""
    known = (platform.system(), platform.machine()) in PLATFORMS and sys.maxsize > 2**32
    has_lock = getattr(sys, "_is_gil_enabled", lambda: True)()
    numba = tuple(map(int, re.findall(r"\d+", numba_version())[:2]))
    return known and sys.implementation.name == "cpython" and has_lock and numba >= NUMBA


@cache
def numba_version() -> str:
    """Such as "0.61.2", without importing it: that is what is to be avoided."""
    found = find_spec("numba")
    with suppress(OSError):
        if found and found.origin:
            text = Path(found.origin).with_name("_version.py").read_text()
            if match := re.search(r'"version": "([^"]+)"', text):
                return match[1]
    from importlib.metadata import version  # slow, and always right

    return version("numba")


@cache
def machine() -> str:
    """All that decides the code besides the kernel: processor, compilers, Python, numba's settings."""
    import llvmlite.binding as llvm
    from llvmlite import __version__ as llvmlite

    host = llvm.get_process_triple(), llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    versions = llvmlite, numba_version(), np.__version__, sys.version_info[:3], sys.implementation.cache_tag
    settings = sorted(item for item in os.environ.items() if item[0].startswith("NUMBA_"))
    return repr((FORMAT, host, versions, settings))


def load(name: str, code: bytes) -> Binder:
    """Link the function `name` of an object file. Any exception says that it will not do."""
    import llvmlite.binding as llvm

    library = llvm.JITLibraryBuilder().add_object_img(code).add_current_process().export_symbol(name)
    loaded = library.link(_linker(), str(next(_names)))  # a name cannot be used again, even after a failure
    loaded.detach()  # never unloaded: bound kernels may run until the very end of the process
    method = _Method(name.encode(), loaded[name], NO_ARGUMENTS, None)
    return lambda slots, args: _new_builtin()(method, (slots, method, *args), None)


@cache
def _linker() -> Any:
    """ORC, which reports what it cannot link where LLVM's older one ends the process."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.create_lljit_compiler(use_jit_link=True, suppress_errors=True)


@cache
def _new_builtin() -> Any:
    prototype = ctypes.PYFUNCTYPE(
        ctypes.py_object, ctypes.POINTER(_Method), ctypes.py_object, ctypes.c_void_p
    )
    return prototype(("PyCFunction_NewEx", ctypes.pythonapi))
