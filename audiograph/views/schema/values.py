"""JSON Schema of parameter values: draft-07 keywords, and some that editors know beside them."""

from typing import Any

from audiograph.language.parameter import (
    REQUIRED,
    TARGETS,
    Choice,
    File,
    Flag,
    Level,
    Loudness,
    MomentParam,
    Param,
    Quantity,
    Text,
    Whole,
)
from audiograph.language.quantity import SCALES, bases
from audiograph.language.rows import Rows

Schema = dict[str, Any]

EXPRESSION = r"\$"  # $name or ${...}, anywhere in a text
_DIGITS = r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_CLOCK = r"(?:\d+:)?[0-5]?\d:[0-5]?\d(?:\.\d+)?"
_TIME = rf"(?:{_CLOCK}|{_DIGITS}\s*(?:{'|'.join(SCALES['s'])})?)"
_TERMS = rf"(?:\s*[-+−]\s*{_TIME})*"
_EDGE = rf"(?:[-+−]?{_TIME}|[A-Za-z_\u00a1-\uffff][^\s.,()]*\.(?:start|end){_TERMS})"
_INNER = rf"\s*(?:{_EDGE}|(?:max|min)\s*\([^{{}}]+\){_TERMS})\s*"  # what is nested is looked at no further
_MOMENT = rf"^\s*(?:{_EDGE}|(?:max|min)\s*\({_INNER}(?:,{_INNER})*\){_TERMS})\s*$"


def value(param: Param) -> Schema:
    """The schema of a value of `param`, with the help that an editor shows."""
    return _kind(param) | _shown(param)


def helped(text: str) -> Schema:
    """Help that an editor shows, as Markdown if it can."""
    return {"description": text, "markdownDescription": text}


def _shown(param: Param) -> Schema:
    facts = [param.range(), "required" if param.default is REQUIRED else _default(param)]
    help_text = helped("\n\n".join(part for part in (param.help, "; ".join(filter(None, facts))) if part))
    plain = isinstance(param.default, (bool, int, float, str))
    written = param.default if isinstance(param.default, bool) else param.shown(param.default)
    return help_text | ({"default": written} if plain else {})


def _default(param: Param) -> str:
    return f"default {param.shown(param.default)}" if param.default not in (None, ()) else ""


def _kind(param: Param) -> Schema:
    match param:
        case Whole() | Quantity():
            return _number(param)
        case Choice():
            return {"anyOf": [{"enum": list(param.names)}, {"type": "string", "pattern": EXPRESSION}]}
        case Flag():
            return _either("boolean", rf"^(?:true|false)$|{EXPRESSION}", "true or false")
        case MomentParam():
            expected = "a time such as 3 s, speech.end - 500 ms or max(a.end, b.start)"
            return _either("number", f"{_MOMENT}|{EXPRESSION}", expected)
        case Rows():
            return {"type": "array", "maxItems": param.most, "items": _row(param)}
        case File():
            return {"type": "string", "minLength": 1}
        case Text():
            return {"type": "string"}
    return {}


def _number(param: Quantity) -> Schema:
    expected = f"{param.range()}, or an expression such as ${{name}}"
    bare = "integer" if isinstance(param, Whole) else "number"
    names = list(TARGETS) if isinstance(param, Loudness) else []
    taken = "|".join([f"^\\s*{_quantity(param)}\\s*$", *(f"^{name}$" for name in names), EXPRESSION])
    number = _either(bare, taken, expected) | {"minimum": param.lo, "maximum": param.hi}
    return number | {"examples": names} if names else number


def _quantity(param: Quantity) -> str:
    """The pattern of a number with its unit; of the range, it can only check the sign."""
    relative = isinstance(param, Level)
    own = (param.unit,) if relative else bases(param.unit)
    units = "|".join(name for base in own for name in SCALES[base] if name)
    number = f"{_sign(param)}{_DIGITS}" if param.hi > 0 else rf"(?:[-−]{_DIGITS}|[-+−]?0+\.?0*)"
    quantity = rf"{number}\s*(?:{units})?" if units else number
    if relative:
        return rf"(?:{quantity}|[-+−]?{_DIGITS}\s*LU)"
    return f"(?:{_CLOCK}|{quantity})" if param.unit == "s" else quantity


def _sign(param: Quantity) -> str:
    return "[-+−]?" if param.lo < 0 else r"\+?"


def _either(bare: str, pattern: str, expected: str) -> Schema:
    """A bare value or a text, in one schema: with `anyOf`, editors would not say what is wrong."""
    return {"type": [bare, "string"], "pattern": pattern, "patternErrorMessage": f"Should be {expected}."}


def _row(param: Rows) -> Schema:
    columns = param.columns.items()
    return {
        "type": "object",
        "properties": {name: value(column) for name, column in columns},
        "required": [name for name, column in columns if column.default is REQUIRED],
        "additionalProperties": False,
    }
