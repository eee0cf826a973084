# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-decorators, allow-subclassing-any
"""What the operations of `lanes` are in LLVM. Importing this tells numba."""

from inspect import signature

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel.models import PrimitiveModel
from numba.extending import lower_builtin, register_model, type_callable

from audiograph.dsp import lanes
from audiograph.dsp.lanes import LANES

WORD = ir.IntType(32)
VECTOR = ir.VectorType(ir.DoubleType(), LANES)
UNKNOWN = ir.Constant(VECTOR, ir.Undefined)
ROW = types.Array(types.float64, 1, "C")


class LanesType(types.Type):
    """The type of a vector to numba."""

    def __init__(self):
        super().__init__("lanes")


@register_model(LanesType)
class LanesModel(PrimitiveModel):
    """The vector in registers."""

    def __init__(self, manager, kind):
        super().__init__(manager, kind, VECTOR)


VALUE = LanesType()


def _code_of(function, result, *arguments):
    """Declare how numba is to type a call of the function, and the code to put in its place."""

    def typer(*_given):
        return result(*arguments)

    typer.__signature__ = signature(function)  # type: ignore[attr-defined]  # numba counts by it
    type_callable(function)(lambda _context: typer)
    return lower_builtin(function, *arguments)


def _words(numbers):
    return ir.Constant(ir.VectorType(WORD, len(numbers)), list(numbers))


def _address(context, builder, array):
    return builder.bitcast(context.make_array(ROW)(context, builder, array).data, VECTOR.as_pointer())


@_code_of(lanes.load, VALUE, ROW)
def _load(context, builder, _signature, args):
    return builder.load(_address(context, builder, args[0]), align=8)


@_code_of(lanes.store, types.void, ROW, VALUE)
def _store(context, builder, _signature, args):
    builder.store(args[1], _address(context, builder, args[0]), align=8)
    return context.get_dummy_value()


@_code_of(lanes.fma, VALUE, VALUE, VALUE, VALUE)
def _fma(_context, builder, _signature, args):
    kind = ir.FunctionType(VECTOR, [VECTOR] * 3)
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{LANES}f64"), args)


@_code_of(lanes.mul, VALUE, VALUE, VALUE)
def _mul(_context, builder, _signature, args):
    return builder.fmul(*args)


@_code_of(lanes.push, VALUE, VALUE, types.float64, types.float64)
def _push(_context, builder, _signature, args):
    pair = builder.insert_element(UNKNOWN, args[1], WORD(0))
    pair = builder.insert_element(pair, args[2], WORD(1))
    return builder.shuffle_vector(args[0], pair, _words([LANES, LANES + 1, *range(LANES - 2)]))


@_code_of(lanes.pick, types.float64, VALUE, types.intp)
def _pick(_context, builder, _signature, args):
    return builder.extract_element(args[0], builder.trunc(args[1], WORD))


@_code_of(lanes.between, VALUE, types.intp, types.intp, VALUE, VALUE)
def _between(_context, builder, _signature, args):
    low, high = (_in_all_lanes(builder, builder.trunc(end, WORD)) for end in args[:2])
    places = _words(range(LANES))
    chosen = builder.and_(builder.icmp_signed(">=", places, low), builder.icmp_signed("<", places, high))
    return builder.select(chosen, args[2], args[3])


def _in_all_lanes(builder, word):
    one = builder.insert_element(ir.Constant(ir.VectorType(WORD, LANES), ir.Undefined), word, WORD(0))
    return builder.shuffle_vector(one, one, _words([0] * LANES))
