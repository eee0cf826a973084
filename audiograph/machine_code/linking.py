"""Load stored machine code into memory and wrap it as a Python builtin function."""

import ctypes
import mmap
import os
import platform
import re
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from ctypes import addressof, c_char, c_int, c_size_t, c_void_p, cast
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from audiograph.machine_code.image import unpacked
from audiograph.machine_code.store import FORMAT

PLATFORMS = [("Linux", "x86_64")]  # on which images are tested
NUMBA = (0, 62)  # the first version that generates the LLVM code expected here
CPUINFO = Path("/proc/cpuinfo")
METH_NOARGS = 4

# From the bytes of the slots, and the arguments to keep alive, to a callable without arguments.
Binder = Callable[[bytes, tuple[Any, ...]], Callable[[], None]]


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
    """Whether stored code may be run on this platform; otherwise numba itself runs the kernels."""
    supported = (platform.system(), platform.machine()) in PLATFORMS and sys.maxsize > 2**32
    has_lock = getattr(sys, "_is_gil_enabled", lambda: True)()
    numba = tuple(map(int, re.findall(r"\d+", numba_version())[:2]))
    return supported and sys.implementation.name == "cpython" and has_lock and numba >= NUMBA


@cache
def numba_version() -> str:
    """The version of numba, such as "0.62.1", without importing numba, which is slow."""
    return _version("numba")


def _version(package: str) -> str:
    """The version of a package that has it in a file `_version.py`, as numba and llvmlite do."""
    spec = find_spec(package)
    with suppress(OSError):
        if spec and spec.origin:
            text = Path(spec.origin).with_name("_version.py").read_text()
            if match := re.search(r"""["']?version["']? ?[:=] ["']([^"']+)["']""", text):
                return match[1]
    from importlib.metadata import version  # slow, but always works

    return version(package)


@cache
def machine() -> str:
    """Everything but the kernel that determines its code: processor, compilers, Python, numba's settings."""
    python = sys.version_info[:3], sys.implementation.cache_tag
    versions = _version("llvmlite"), numba_version(), np.__version__, *python
    settings = sorted(item for item in os.environ.items() if item[0].startswith("NUMBA_"))
    return repr((FORMAT, _processor(), versions, settings))


def _processor() -> tuple[str, ...]:
    """What the system says about the first processor; LLVM knows it too, but is slow to import."""
    with suppress(OSError):
        with CPUINFO.open() as file:
            lines = file.read(8192).partition("\n\n")[0].splitlines()
        facts = [
            line
            for line in lines
            if line.startswith(("vendor_id", "cpu family", "model", "stepping", "flags"))
        ]
        if any(line.startswith("flags") for line in facts):
            return platform.machine(), *facts
    import llvmlite.binding as llvm

    return llvm.get_process_triple(), llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


def load(name: str, content: bytes) -> Binder:
    """Load the function of an image; any exception means that this image cannot be used."""
    image = unpacked(content)
    addresses = [_address(called) for called in image.names]
    space = mmap.mmap(-1, len(image.code), mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    space.write(image.code[: image.table] + struct.pack(f"<{len(addresses)}Q", *addresses))
    begin = addressof(c_char.from_buffer(space))
    if _protect()(begin, len(space), mmap.PROT_READ | mmap.PROT_EXEC):
        raise OSError(ctypes.get_errno(), "memory cannot be made executable")
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(space))  # never freed: a thread may run it at exit
    method = _Method(name.encode(), begin + image.entry, METH_NOARGS, None)
    return lambda slots, args: _new_builtin()(method, (slots, method, *args), None)


def _address(name: str) -> int:
    """The address of a function of Python or of the C library in this process."""
    return cast(getattr(_process(), name), c_void_p).value or 0


@cache
def _process() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


@cache
def _protect() -> Any:
    function = _process().mprotect
    function.argtypes = c_void_p, c_size_t, c_int
    return function


@cache
def _new_builtin() -> Any:
    prototype = ctypes.PYFUNCTYPE(
        ctypes.py_object, ctypes.POINTER(_Method), ctypes.py_object, ctypes.c_void_p
    )
    return prototype(("PyCFunction_NewEx", ctypes.pythonapi))
