"""Images of machine code: object files of LLVM are linked, unsuitable ones refused."""

import struct

import llvmlite.binding as llvm
import pytest

from audiograph.machine_code import image, linking
from audiograph.machine_code.image import LayoutError, laid_out, packed, unpacked

pytestmark = pytest.mark.skipif(not linking.trusted(), reason="numba runs the kernels here")
COSINE = """
declare double @cos(double)
declare ptr @PyFloat_FromDouble(double)
define ptr @"entry"(ptr %self, ptr %unused) {
  %cosine = call double @cos(double 0.5)
  %sum = fadd double %cosine, 0x400921FB54442D18
  %object = call ptr @PyFloat_FromDouble(double %sum)
  ret ptr %object
}
"""
VARIABLE = """
@count = internal global i64 1
define ptr @"entry"() {
  %last = load i64, ptr @count
  %next = add i64 %last, 1
  store i64 %next, ptr @count
  ret ptr null
}
"""


def object_file(text=COSINE, model="large", triple=None):
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_triple(triple or llvm.get_process_triple())
    machine = target.create_target_machine(opt=0, reloc="pic", codemodel=model, jit=model == "large")
    return machine.emit_object(llvm.parse_assembly(text))


def test_constants_and_functions_of_the_c_library_and_of_python_are_found():
    import math

    made = laid_out(object_file(), "entry")
    assert set(made.names) == {"cos", "PyFloat_FromDouble"}
    assert linking.load("entry", packed(made))(b"", ())() == math.cos(0.5) + math.pi


def test_an_image_survives_packing():
    made = laid_out(object_file(), "entry")
    assert unpacked(packed(made)) == made


@pytest.mark.parametrize("spoil", [
    lambda raw: raw[:-1], lambda raw: raw + b"!", lambda raw: raw[:20], lambda raw: b"",
    lambda raw: b"x" + raw[1:], lambda raw: raw[:4] + struct.pack("<Q", 2**40) + raw[12:],
    lambda raw: raw[:12] + struct.pack("<Q", 8) + raw[20:],
])  # fmt: skip
def test_bytes_that_are_not_an_image_are_refused(spoil):
    with pytest.raises(LayoutError):
        unpacked(spoil(packed(laid_out(object_file(), "entry"))))


@pytest.mark.parametrize(("file", "said"), [
    (lambda: b"", "not an object file"),
    (lambda: b"\x7fELF" + bytes(500), "not an object file"),
    (lambda: object_file(VARIABLE), "variables"),
    (lambda: object_file(model="small"), "type"),
])  # fmt: skip
def test_unsuitable_object_files_are_refused(file, said):
    with pytest.raises(LayoutError, match=said):
        laid_out(file(), "entry")


def test_a_missing_entry_point_is_refused():
    with pytest.raises(LayoutError, match="there is no function other"):
        laid_out(object_file(), "other")


def test_an_unknown_external_function_is_refused():
    made = image.Image(bytes(16), 0, 8, ("nobody_has_this",))
    with pytest.raises(AttributeError):
        linking.load("entry", packed(made))
