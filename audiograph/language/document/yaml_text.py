"""How YAML text is read here: scalars of YAML 1.2, `${...}` and `max(...)` without quotes, plain messages.

PyYAML scans and parses; this file overrides it where it follows YAML 1.1. `plain`
turns bytes into text that is safe to pass to PyYAML, `meaning` reads a scalar, and
`fault` words a syntax error plainly.

Reference: YAML Ain't Markup Language, version 1.2.2, section 10.3, "Core Schema".
"""

import re
from math import isfinite
from typing import NamedTuple

import yaml

LARGEST = 2_000_000  # bytes of a file
DEEPEST = 100  # levels of nested mappings and lists
DIGITS = 100  # characters of a number
TOO_DEEP = f"is nested more than {DEEPEST} levels deep"

_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WHOLE = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_REAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_ENDLESS = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")

# Characters that YAML calls unprintable, line breaks that editors do not show, noncharacters used below.
_UNFIT_ASCII = re.compile("[^\t\n\x20-\x7e]")  # compiles ten times as fast, and is enough for most files
_UNFIT = (
    "[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufdcf\ufdf0-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_INNER = "{}[],:#"
_HIDDEN = str.maketrans(_INNER, "".join(chr(0xFDD0 + index) for index in range(len(_INNER))))
_SHOWN = {after: before for before, after in _HIDDEN.items()}
_HIDES = r"""(?:^|[-?:,\[{])[ ]*(?:"(?:[^"\\\n]|\\.)*"?|'(?:[^'\n]|'')*'?)  # quoted: left alone
    | (?:\$\$)+
    | \$\{[^{}\n]*\}
"""
# max(...) and min(...), up to four deep
_PICKS = r"| \bm(?:ax|in)\((?:[^()\n]|\((?:[^()\n]|\((?:[^()\n]|\([^()\n]*+\))*+\))*+\))*+\)"
_FLAGS = re.VERBOSE | re.MULTILINE
_EXPRESSION = re.compile(_HIDES, _FLAGS)


class TextError(ValueError):
    """Text that cannot be parsed, or a scalar without a meaning; `line` counts from 1, 0 if unknown."""

    def __init__(self, what: str, line: int = 0) -> None:
        super().__init__(what)
        self.line = line


def plain(raw: str | bytes) -> str:
    """`raw` as text with Unix line breaks. Raises TextError for characters that YAML does not allow."""
    if len(raw) > LARGEST:
        raise TextError(f"is longer than {LARGEST // 1_000_000} MB, more than a graph can need")
    text = _decoded(raw) if isinstance(raw, bytes) else raw
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return printable(text)


def printable(text: str) -> str:
    """`text` itself. Raises TextError if it has invisible characters, which escapes in quotes may produce."""
    if unfit := _UNFIT_ASCII.search(text) if text.isascii() else re.search(_UNFIT, text):
        line = text.count("\n", 0, unfit.start()) + 1
        raise TextError(f"has the character U+{ord(unfit[0]):04X}, which is not allowed in a graph", line)
    return text


def _decoded(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw:
        raise TextError("is UTF-16 or no text at all; save it as UTF-8", 1)
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise TextError(f"is not UTF-8 (byte 0x{raw[error.start]:02X}); save it as UTF-8", line) from None


def shielded(text: str) -> str:
    """`text` with the YAML syntax inside `${...}` hidden, so that `{level: ${bed - 3 dB}}` needs no quotes.

    So it is in `max(...)` and `min(...)`, up to four deep: `{at: max(a.end, b.end)}`.
    Each special character is replaced by one noncharacter, which keeps lines and
    columns; `unshielded` restores them. So `${` up to the next `}` on the same line
    is one token outside quotes.
    """
    has_picks = "max(" in text or "min(" in text  # in most files there are none
    return (re.compile(_HIDES + _PICKS, _FLAGS) if has_picks else _EXPRESSION).sub(_shield, text)


def _shield(match: re.Match[str]) -> str:
    text = match[0]
    if text.startswith("${"):
        return "$" + text[1:].translate(_HIDDEN)
    return text.translate(_HIDDEN) if text.startswith(("max", "min")) else text


def unshielded(text: str) -> str:
    """`text` as it was before `shielded`."""
    return text if text.isascii() else text.translate(_SHOWN)


def meaning(text: str) -> bool | int | float | str | None:
    """The value of an unquoted scalar. Raises TextError for a number that is not finite or too long.

    `on`, `1:30`, `1_000` and 2024-01-01 are text, 012 is 12, 1e3 is a number.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _ENDLESS.fullmatch(text):
        raise TextError(f"{text} is not allowed as a number; in quotes it is text")
    is_whole = _WHOLE.fullmatch(text)
    if not is_whole and not _REAL.fullmatch(text):
        return text
    if len(text) > DIGITS:
        raise TextError(f"a number of {len(text)} characters is too long; in quotes it is text")
    if is_whole:
        return int(text, {"0x": 16, "0o": 8}.get(text[:2], 10))
    if not isfinite(value := float(text)):
        raise TextError(f"{text} is too large a number")
    return value


class _Fault(NamedTuple):
    """One kind of syntax error: a pattern in the message of PyYAML (C or Python), and our message."""

    pattern: str
    text: str
    opened: bool = False  # report the line where the broken construct began


_FAULTS = [
    _Fault("simple key", "a key without its ': '; a colon needs a space after it", True),
    _Fault("quoted.*escape|hexa?decimal", "a backslash in double quotes; use single quotes, or '/'"),
    _Fault("quoted", "a quote is opened here and never closed", True),
    _Fault("flow sequence", "a '[' is not closed, or lacks a comma", True),
    _Fault("flow mapping", "a '{' is not closed, or lacks a comma", True),
    _Fault("flow node", "a value or a closing bracket is missing"),
    _Fault("a tag|tag handle", "tags ('!') are not part of the language; in quotes it is text"),
    _Fault("an alias|an anchor", "text that begins with '*' or '&' needs quotes"),
    _Fault("block scalar", "text after '|' or '>' begins on the next line"),
    _Fault("directive|incompatible", "lines that begin with '%' are not part of the language"),
    _Fault("cannot start any token", "text that begins with '@', '`' or '%' needs quotes"),
    _Fault("sequence entries", "a list begins on the next line, or is written [a, b]"),
    _Fault("document start", "this is outside the graph, which ended above"),
]


def fault(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str]:
    """The line of a syntax error, from 1, and what is wrong there."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    opened = error.context_mark.line if error.context_mark else line
    lines = [*text.split("\n"), ""]
    for number in dict.fromkeys((line, opened)):
        if hint := _likely(lines[number]):
            return number + 1, hint
    message = f"{error.context}: {error.problem}"
    if "nesting depth" in message:  # the limit of PyYAML 6.0.4 and later, which reads ahead, may be hit first
        return line + 1, TOO_DEEP
    if "mapping values" in message or "while parsing a block" in message:
        return line + 1, _misplaced(lines[line][:column], lines[line][column:])
    for kind in _FAULTS:
        if re.search(kind.pattern, message):
            return (opened if kind.opened else line) + 1, kind.text
    return line + 1, f"is not YAML: {error.problem}"


def _likely(line: str) -> str:
    """The most common mistakes in a line at which parsing stopped; empty if it has none of them."""
    if re.match(r" *\t", line):
        return "a tab in the indentation; YAML takes spaces only"
    if "${" in _EXPRESSION.sub("", line):
        return "a '${' without its '}' on the same line"
    return ""


def _misplaced(before: str, rest: str) -> str:
    """Why a line is not valid at the point between `before` and `rest`; PyYAML does not say."""
    if rest[:1] in ("]", "}"):
        return f"a '{rest[0]}' closes nothing"
    if rest[:1] == ":" and ": " in before:
        return "a second ': ' in one line; text with a colon needs quotes"
    if rest[:1] == ":" and not before.strip():
        return "a key is missing before ':'"
    if rest[:1] == ":" or not before.strip():
        return "this line does not continue the one above; check the indentation"
    return "text after a closing quote or bracket; put quotes around all of it"
