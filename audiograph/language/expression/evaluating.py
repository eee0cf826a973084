"""`$name` and `${...}`: references to the parameters of a graph file, and arithmetic with them.

A text that consists of one reference becomes the value itself. In a longer text
each reference is replaced by its value as text, and `$$` is a dollar sign. Braces
may contain parameter names, quantities (3 dB, 500 ms, 50 %, 1:30), text in
quotes, true and false, + - * / // **, comparisons, and/or/not, `a if b else c`,
and min, max, round, abs, floor and ceil, which use the base unit of a quantity.
`arithmetic` has the rules for units.

Expressions are parsed by Python's `ast`, but their text never reaches it: every
operand is first replaced by a generated name, so that only operators, brackets
and a few keywords are left. So a parameter may be called `from` or `lambda`.
"""

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from audiograph.errors import nearest
from audiograph.language.expression import arithmetic
from audiograph.language.quantity import Amount, amount, wrong

LONGEST = 500  # characters of an expression
MOST_TOKENS = 100  # of an expression; this also limits its nesting
LONGEST_RESULT = 10_000  # characters of a text after its references are replaced

_WORD = r"[^\W\d]\w*"
_REFERENCE = re.compile(rf"\$(?:(?P<dollar>\$)|\{{(?P<source>[^{{}}]*)\}}|(?P<name>{_WORD}))?")
_GRAMMAR = ("and", "or", "not", "if", "else")
_TRUTHS = {"true": True, "false": False}
_ARITHMETIC: dict[type[ast.operator], Callable[[Amount, Amount], Amount]] = {
    ast.Add: arithmetic.plus,
    ast.Sub: arithmetic.minus,
    ast.Mult: arithmetic.times,
    ast.Div: arithmetic.over,
    ast.FloorDiv: arithmetic.over_whole,
    ast.Pow: arithmetic.power,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def evaluate(text: str, values: Mapping[str, Any]) -> Any:
    """The value of `text`, given the `values` of the parameters.

    Numeric values are Amounts; int and float are accepted as bare numbers. A
    numeric result is an Amount. Raises Wrong for unknown names, for units that do
    not fit together, and for errors of syntax.
    """
    whole = _REFERENCE.fullmatch(text)
    if whole and not whole["dollar"]:
        return _referred(whole, values)
    written, end = "", 0
    for match in _REFERENCE.finditer(text):
        written += text[end : match.start()] + _written(_referred(match, values))
        end = match.end()
        if len(written) > LONGEST_RESULT:
            raise wrong(f"becomes a text of more than {LONGEST_RESULT} characters")
    return written + text[end:]


def names_in(text: str) -> set[str]:
    """The names of the parameters that `text` refers to, whether they exist or not."""
    names: set[str] = set()
    for match in _REFERENCE.finditer(text):
        tokens = _token().finditer((match["source"] or "")[:LONGEST])
        names |= {token["name"] for token in tokens if token["name"]} | {match["name"] or ""}
    return names.difference(_GRAMMAR, _TRUTHS, [""])


def _referred(match: re.Match[str], values: Mapping[str, Any]) -> Any:
    if match["dollar"]:
        return "$"
    if match["name"]:
        return _value(match["name"], values)
    if match["source"] is not None:
        return _Expression(match["source"], values).result()
    if match.string.startswith("{", match.end()):
        raise wrong("has a '${' without its '}'")
    raise wrong("has a '$' without a name; a dollar is written '$$'")


def _value(name: str, values: Mapping[str, Any]) -> Any:
    if name not in values:
        raise wrong(f"there is no parameter {name!r}{nearest(name, list(values))}")
    return values[name]


def _written(value: Any) -> str:
    if isinstance(value, Amount):
        text = str(value)
        return text if amount(text) == value else f"{value.value!r} {value.unit}".rstrip()
    if value is None:
        raise wrong("has a parameter without a value in its text")
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Expression:
    """The text between the braces, split into a skeleton for `ast` to parse, and the operands."""

    def __init__(self, source: str, values: Mapping[str, Any]) -> None:
        self.operands: dict[str, Any] = {}
        tokens = list(
            _tokens(source)
        )  # all of them first: a stray '.' is a better message than an unknown name
        words = [self.word(token, values) for token in tokens]
        try:
            self.tree = ast.parse(" ".join(words), mode="eval").body
        except SyntaxError:
            raise wrong(f"{_brief(f'${{{source}}}')} lacks a value, a sign or a bracket") from None

    def word(self, token: re.Match[str], values: Mapping[str, Any]) -> str:
        """The token in the skeleton."""
        kind = str(token.lastgroup)
        text = token[kind]
        if text in _GRAMMAR:
            return text
        if kind == "sign":
            return text.replace("−", "-")
        if kind == "call":
            if text not in arithmetic.FUNCTIONS:
                raise wrong(f"there is no function {text!r}{nearest(text, list(arithmetic.FUNCTIONS))}")
            return text
        name = f"_{len(self.operands)}"
        self.operands[name] = _operand(kind, text, values)
        return name

    def result(self) -> Any:
        """The value of the expression."""
        return self.of(self.tree)

    def of(self, node: ast.expr) -> Any:
        match node:
            case ast.Name(id=name):
                return self.operands[name]
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return not self.truth(inner)
            case ast.UnaryOp(op=op, operand=inner):
                value, unit = self.number(inner)
                return Amount(-value if isinstance(op, ast.USub) else value, unit)
            case ast.BinOp(left=left, op=op, right=right):
                return _ARITHMETIC[type(op)](self.number(left), self.number(right))
            case ast.BoolOp(op=ast.And(), values=parts):
                return all(self.truth(part) for part in parts)
            case ast.BoolOp(values=parts):
                return any(self.truth(part) for part in parts)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self.of(body if self.truth(test) else orelse)
            case ast.Compare():
                return self.holds(node)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                return self.call(name, args)
        raise wrong("has a comma or a star where an expression has none")

    def call(self, name: str, args: list[ast.expr]) -> Amount:
        if name not in arithmetic.FUNCTIONS:
            raise wrong(f"{_brief(self.operands[name])} is not a function")
        function, fewest, most = arithmetic.FUNCTIONS[name]
        if not fewest <= len(args) <= most:
            raise wrong(f"{name} takes {fewest} to {most} values, not {len(args)}")
        return function(*map(self.number, args))

    def number(self, node: ast.expr) -> Amount:
        value = self.of(node)
        if not isinstance(value, Amount):
            raise wrong(f"{_brief(value)} is not a number")
        return value

    def truth(self, node: ast.expr) -> bool:
        value = self.of(node)
        if not isinstance(value, bool):
            raise wrong(f"{_brief(value)} is neither true nor false")
        return value

    def holds(self, node: ast.Compare) -> bool:
        left = self.of(node.left)
        for op, right in zip(node.ops, map(self.of, node.comparators), strict=True):
            if not _compared(left, op, right):
                return False
            left = right
        return True


def _tokens(source: str) -> Iterator[re.Match[str]]:
    if len(source) > LONGEST:
        raise wrong(f"has an expression of more than {LONGEST} characters")
    end, count = 0, 0
    while source[end:].strip():
        token = _token().match(source, end)
        if not token:
            raise wrong(_unread(source, source[end:].strip()))
        end, count = token.end(), count + 1
        if count > MOST_TOKENS:
            raise wrong(f"has an expression of more than {MOST_TOKENS} words and operators")
        yield token


def _unread(source: str, rest: str) -> str:
    """The message for a character that begins no token."""
    hints = {
        "%": "; a percent sign comes right after a number",
        ".": "; a moment goes outside the braces, as in 'speech.end - ${lead}'",
        "=": "; equality is '=='",
        "'": "; the quote is not closed",
        '"': "; the quote is not closed",
    }
    return f"{_brief(f'${{{source}}}')} cannot have {rest[0]!r} here{hints.get(rest[0], '')}"


def _operand(kind: str, text: str, values: Mapping[str, Any]) -> Any:
    if kind == "quoted":
        return text[1:-1]
    if kind == "amount":
        return arithmetic.finite(*amount(text))
    if text in _TRUTHS:
        return _TRUTHS[text]
    value = _value(text, values)
    return value if isinstance(value, bool) or not isinstance(value, (int, float)) else amount(value)


def _compared(left: Any, op: ast.cmpop, right: Any) -> bool:
    if isinstance(left, Amount) and isinstance(right, Amount):
        arithmetic.common(left, right)
        return _COMPARISONS[type(op)](left.value, right.value)
    if type(left) is not type(right) or not isinstance(op, (ast.Eq, ast.NotEq)):
        raise wrong(f"{_brief(left)} and {_brief(right)} cannot be compared so")
    return _COMPARISONS[type(op)](left, right)


def _brief(value: Any) -> str:
    text = str(value) if isinstance(value, Amount) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


@cache
def _token() -> re.Pattern[str]:
    """Matches one token. Compiled on first use: most graphs have no expressions."""
    return re.compile(
        rf"""\s*(?:
              (?P<quoted>'[^']*'|"[^"]*")
            | (?P<amount>(?:[0-9]+:)?[0-9]+:[0-9]+(?:\.[0-9]+)?
                |(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?(?:\s*%|\s*(?!(?:if|else|and|or)\b)[A-Za-z]+)?)
            | (?P<call>{_WORD})(?=\s*\()
            | (?P<name>{_WORD})
            | (?P<sign>\*\*|//|[<>=!]=|[-−+*/<>(),])
            )""",
        re.VERBOSE,
    )
