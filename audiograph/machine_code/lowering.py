"""From what numba has compiled to an object file that needs neither numba nor this process."""

from typing import Any

from audiograph.machine_code.arguments import Kinds, Slot, slots

# All that stored code may call: functions of the C library. Any other would be numba's or Python's.
_DOUBLE = [
    "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "pow", "sqrt", "cbrt", "hypot", "fmod", "floor",
    "ceil", "trunc", "round", "rint", "nearbyint", "fabs", "fma", "fmin", "fmax", "copysign", "ldexp",
]  # fmt: skip
C_LIBRARY = {*_DOUBLE, *(name + "f" for name in _DOUBLE), "memcpy", "memmove", "memset"}

# A Python builtin of no arguments. Its self is a tuple that begins with the kernel's arguments, as bytes.
# Quicker than ctypes, and of Python only the stable ABI. A status other than 0 is an error, which no stored
# kernel has. numba counts references to what owns an array; here nothing does, and what would is refused.
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
    """Code that cannot leave this process."""


def object_file(name: str, dispatcher: Any, types: tuple[Any, ...], kinds: Kinds) -> bytes:
    """numba's own optimised code, behind our entry point `name`, as an object file for its processor.

    Raises UnfitError for what allocates, raises or prints.
    """
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    compiled = dispatcher.overloads[types]
    module = llvm.parse_assembly(compiled.library.get_llvm_str())
    kernel = module.get_function(compiled.fndesc.llvm_func_name)
    passed = [str(argument.type) for argument in kernel.arguments][2:]  # after numba's own: result and error
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
    loads = "".join(LOAD.format(n=n, type=slot.type) for n, slot in enumerate(passed) if not slot.always)
    values = "".join(f", {slot.type} {slot.always or f'%v{n}'}" for n, slot in enumerate(passed))
    types = "".join(f", {slot.type}" for slot in passed)
    return ENTRY_POINT.format(kernel=kernel, name=name, types=types, loads=loads, values=values)


def _strip(module: Any, kept: str, target: Any) -> None:
    """Leave what `kept` needs: not numba's wrappers for Python, nor errors that our slots cannot lead to.

    Such as "new type not compatible with array" where x is viewed as a type of
    its size: the size of a number, known here, is a variable in numba's code.
    """
    import llvmlite.binding as llvm

    for symbol in [*module.functions, *module.global_variables]:
        if not symbol.is_declaration and symbol.name != kept:
            symbol.linkage = "internal"
    passes = llvm.create_new_module_pass_manager()
    passes.add_ipsccp_pass()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(module, llvm.create_pass_builder(target, llvm.create_pipeline_tuning_options(0)))


def _check(module: Any) -> None:
    symbols = [*module.functions, *module.global_variables]
    outside = {each.name for each in symbols if each.is_declaration and not each.name.startswith("llvm.")}
    needs = sorted(outside - ALLOWED)
    if needs or any("picklebuf" in each.name for each in symbols):  # what an exception is made of
        raise UnfitError(f"it allocates, raises or prints ({', '.join(needs[:3]) or 'an exception'})")
