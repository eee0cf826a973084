"""From a kernel compiled by numba to an object file that needs neither numba nor this process."""

from typing import Any

from audiograph.machine_code.arguments import Kinds, Slot, slots

# The functions that stored code may call: those of the C library, none of numba's or Python's.
_DOUBLE = [
    "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "pow", "sqrt", "cbrt", "hypot", "fmod", "floor",
    "ceil", "trunc", "round", "rint", "nearbyint", "fabs", "fma", "fmin", "fmax", "copysign", "ldexp",
]  # fmt: skip
C_LIBRARY = {*_DOUBLE, *(name + "f" for name in _DOUBLE), "memcpy", "memmove", "memset"}

# A Python builtin without arguments. Its `self` is a tuple that begins with the bytes of the kernel's slots.
# This is faster than ctypes, and uses only the stable ABI of Python. A status other than 0 is an error, which
# no stored kernel has. numba counts references to the owner of an array. Here no array has an owner, and
# kernels that allocate one are refused, so the destructor is never called.
ENTRY_POINT = """
declare i32 @"{kernel}"(ptr, ptr{types})
declare ptr @PyTuple_GetItem(ptr, i64)
declare ptr @PyBytes_AsString(ptr)
declare ptr @PyEval_SaveThread()
declare void @PyEval_RestoreThread(ptr)
declare void @Py_IncRef(ptr)
@_Py_NoneStruct = external global i8
define ptr @"{name}"(ptr %self, ptr %unused) {{
  %result = alloca ptr
  %error = alloca ptr
  %bytes = call ptr @PyTuple_GetItem(ptr %self, i64 0)
  %slots = call ptr @PyBytes_AsString(ptr %bytes)
{loads}
  %thread = call ptr @PyEval_SaveThread()
  %status = call i32 @"{kernel}"(ptr %result, ptr %error{values})
  call void @PyEval_RestoreThread(ptr %thread)
  call void @Py_IncRef(ptr @_Py_NoneStruct)
  %fine = icmp eq i32 %status, 0
  %answer = select i1 %fine, ptr @_Py_NoneStruct, ptr null
  ret ptr %answer
}}
define void @NRT_MemInfo_call_dtor(ptr %owner) {{ ret void }}
"""
LOAD = "  %p{n} = getelementptr i64, ptr %slots, i64 {n}\n  %v{n} = load {type}, ptr %p{n}\n"
_PYTHON = {"PyTuple_GetItem", "PyBytes_AsString", "PyEval_SaveThread", "PyEval_RestoreThread", "Py_IncRef"}
ALLOWED = C_LIBRARY | _PYTHON | {"_Py_NoneStruct"}


class UnfitError(ValueError):
    """Code that cannot run outside this process."""


def object_file(name: str, dispatcher: Any, types: tuple[Any, ...], kinds: Kinds) -> bytes:
    """numba's optimised code, with an entry point `name` of our own, as an object file for this processor.

    Raises UnfitError for a kernel that allocates, raises or prints.
    """
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    compiled = dispatcher.overloads[types]
    module = llvm.parse_assembly(compiled.library.get_llvm_str())
    kernel = module.get_function(compiled.fndesc.llvm_func_name)
    passed = [str(argument.type) for argument in kernel.arguments][2:]  # after numba's result and error
    if passed != [slot.type for slot in slots(kinds)]:
        raise UnfitError("this version of numba passes arguments in another way")
    module.link_in(llvm.parse_assembly(_entry_point(name, kernel.name, slots(kinds))))
    triple, processor, features = compiled.codegen.magic_tuple()
    target = llvm.Target.from_triple(triple).create_target_machine(
        cpu=processor, features=features, opt=3, reloc="pic"
    )
    _strip(module, name, target)
    _check(module)
    return bytes(target.emit_object(module))


def _entry_point(name: str, kernel: str, passed: list[Slot]) -> str:
    loads = "".join(LOAD.format(n=n, type=slot.type) for n, slot in enumerate(passed) if not slot.constant)
    values = "".join(f", {slot.type} {slot.constant or f'%v{n}'}" for n, slot in enumerate(passed))
    types = "".join(f", {slot.type}" for slot in passed)
    return ENTRY_POINT.format(kernel=kernel, name=name, types=types, loads=loads, values=values)


def _strip(module: Any, entry: str, target: Any) -> None:
    """Remove all that `entry` does not need: numba's wrappers for Python, and errors that cannot happen.

    One such error is "new type not compatible with array" for a view as a type of
    the same size: the item size is a constant here, but a variable in numba's code.
    """
    import llvmlite.binding as llvm

    for symbol in [*module.functions, *module.global_variables]:
        if not symbol.is_declaration and symbol.name != entry:
            symbol.linkage = "internal"
    passes = llvm.create_new_module_pass_manager()
    passes.add_ipsccp_pass()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(module, llvm.create_pass_builder(target, llvm.create_pipeline_tuning_options(0)))


def _check(module: Any) -> None:
    symbols = [*module.functions, *module.global_variables]
    outside = {each.name for each in symbols if each.is_declaration and not each.name.startswith("llvm.")}
    needs = sorted(outside - ALLOWED)
    if needs or any("picklebuf" in each.name for each in symbols):  # a pickled exception
        raise UnfitError(f"it allocates, raises or prints ({', '.join(needs[:3]) or 'an exception'})")
