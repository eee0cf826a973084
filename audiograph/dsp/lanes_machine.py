# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators, allow-subclassing-any
"""The operations of `lanes` in LLVM. Importing this module registers them with numba."""

from inspect import signature

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel.models import PrimitiveModel
from numba.extending import lower_builtin, register_model, type_callable

from audiograph.dsp import lanes
from audiograph.dsp.lanes import FOUR, LANES

NUMBER = ir.DoubleType()
FLOATS = ir.VectorType(ir.FloatType(), FOUR)
FRAMES = ir.VectorType(ir.FloatType(), 2)  # of one channel
ROW = types.Array(types.float64, 1, "C")
SAMPLES = types.Array(types.float32, 1, "C")


class LanesType(types.Type):
    """numba's type of a vector of doubles."""

    def __init__(self, lanes):
        super().__init__(f"lanes{lanes}")
        self.vector = ir.VectorType(NUMBER, lanes)


@register_model(LanesType)
class LanesModel(PrimitiveModel):
    """numba's data model: the vector as it is."""

    def __init__(self, manager, kind):
        super().__init__(manager, kind, kind.vector)


VALUE, QUAD = LanesType(LANES), LanesType(FOUR)


def _code_of(function, *kinds):
    """Register the types of a function and the code that replaces a call of it.

    Each kind is (result type, *argument types); the first match is used.
    """

    def typer(*given):
        for result, *taken in kinds:
            if all(
                not isinstance(one, LanesType) or one == other
                for one, other in zip(taken, given, strict=True)
            ):
                return result(*taken)
        return None

    def declare(code):
        for _, *taken in kinds:
            lower_builtin(function, *taken)(code)
        return code

    typer.__signature__ = signature(function)  # type: ignore[attr-defined]  # numba counts by it
    type_callable(function)(lambda _context: typer)
    return declare


def _shuffled(builder, one, other, *places):
    return builder.shuffle_vector(one, other, ir.Constant(ir.VectorType(ir.IntType(32), len(places)), places))


def _address(context, builder, kind, array, vector):
    return builder.bitcast(context.make_array(kind)(context, builder, array).data, vector.as_pointer())


@_code_of(lanes.load, (VALUE, ROW))
@_code_of(lanes.load_four, (QUAD, ROW))
def _load(context, builder, call, args):
    return builder.load(_address(context, builder, ROW, args[0], call.return_type.vector), align=8)


@_code_of(lanes.store, (types.void, ROW, VALUE), (types.void, ROW, QUAD))
def _store(context, builder, call, args):
    builder.store(args[1], _address(context, builder, ROW, args[0], call.args[1].vector), align=8)
    return context.get_dummy_value()


@_code_of(lanes.mul, (VALUE, VALUE, VALUE), (QUAD, QUAD, QUAD))
def _mul(_context, builder, _call, args):
    return builder.fmul(*args)


@_code_of(lanes.fma, (VALUE, VALUE, VALUE, VALUE), (QUAD, QUAD, QUAD, QUAD))
def _fma(_context, builder, call, args):
    return _fused(builder, call.return_type.vector, f"v{call.return_type.vector.count}f64", args)


@_code_of(lanes.fused, (types.float64, types.float64, types.float64, types.float64))
def _fma_of_numbers(_context, builder, _call, args):
    return _fused(builder, NUMBER, "f64", args)


def _fused(builder, kind, name, args):
    function = ir.FunctionType(kind, [kind] * 3)
    return builder.call(cgutils.get_or_insert_function(builder.module, function, f"llvm.fma.{name}"), args)


@_code_of(lanes.joined, (QUAD, QUAD, QUAD))
def _joined(_context, builder, _call, args):
    return _shuffled(builder, *args, 2, 3, 4, 5)


@_code_of(lanes.two_frames, (QUAD, SAMPLES, SAMPLES, types.intp))
def _two_frames(context, builder, _call, args):
    def two(array):
        row = _address(context, builder, SAMPLES, array, FRAMES)
        return builder.load(builder.gep(row, [args[2]]), align=4)

    return builder.fpext(_shuffled(builder, two(args[0]), two(args[1]), 0, 2, 1, 3), QUAD.vector)


@_code_of(lanes.put_two_frames, (types.void, SAMPLES, SAMPLES, types.intp, QUAD))
def _put_two_frames(context, builder, _call, args):
    rounded = builder.fptrunc(args[3], FLOATS)
    for array, places in zip(args[:2], ((0, 2), (1, 3)), strict=True):
        row = _address(context, builder, SAMPLES, array, FRAMES)
        builder.store(_shuffled(builder, rounded, rounded, *places), builder.gep(row, [args[2]]), align=4)
    return context.get_dummy_value()
