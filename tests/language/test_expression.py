import math
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from audiograph.language.expression import evaluate, names_in
from audiograph.language.expression.evaluating import LONGEST_RESULT
from audiograph.language.quantity import Amount, Wrong

VALUES = {
    "bed": Amount(-10.0, "dB"),
    "lead": Amount(0.5, "s"),
    "tail": Amount(2.0, "s"),
    "odd": Amount(1234.5678912, "s"),
    "target": Amount(-16.0, "LUFS"),
    "count": 3,
    "name": "intro",
    "voice": Path("takes/a.wav"),
    "wide": True,
    "from": Amount(1.0, "s"),
    "min": Amount(7.0, ""),
    "lambda": Amount(8.0, ""),
    "人声": Amount(1.0, "dB"),
    "unset": None,
}


@pytest.mark.parametrize("text", ["$bed", "${bed}", "${ bed }"])
def test_a_text_that_is_one_parameter_becomes_its_value(text):
    assert evaluate(text, VALUES) == Amount(-10.0, "dB")


def test_values_other_than_numbers_are_returned_unchanged():
    assert evaluate("$voice", VALUES) is VALUES["voice"]
    assert evaluate("$wide", VALUES) is True
    assert evaluate("$unset", VALUES) is None


@pytest.mark.parametrize(
    "text, written",
    [
        ("takes/${name}.wav", "takes/intro.wav"),
        ("takes/$name.wav", "takes/intro.wav"),
        ("speech.end + ${tail}", "speech.end + 2 s"),
        ("speech.end - ${lead * 2}", "speech.end - 1 s"),
        ("$name at $bed, wide: $wide", "intro at -10 dB, wide: true"),
        ("$$5 for $name", "$5 for intro"),
        ("$$name", "$name"),
        ("$$", "$"),
        ("no dollar at all", "no dollar at all"),
    ],
)
def test_within_a_text_values_are_written_out(text, written):
    assert evaluate(text, VALUES) == written


def test_a_written_out_time_keeps_its_last_microsecond():
    assert evaluate("speech.end - $odd", VALUES) == "speech.end - 1234.5678912 s"


@pytest.mark.parametrize(
    "source, value",
    [
        ("bed - 3 dB", Amount(-13, "dB")),
        ("bed - 3", Amount(-13, "dB")),
        ("−3 dB − 2dB", Amount(-5, "dB")),
        ("bed * 2", Amount(-20, "dB")),
        ("2 * bed / 4", Amount(-5, "dB")),
        ("lead / tail", Amount(0.25, "")),
        ("tail // 300 ms", Amount(6, "")),
        ("1:30 + 500 ms", Amount(90.5, "s")),
        ("2 min + min", Amount(127, "s")),
        ("min(2 min, 90 s)", Amount(90, "s")),
        ("max(lead, tail, 1)", Amount(2, "s")),
        ("50 % + 25%", Amount(0.75, "")),
        ("2 kHz * 50 %", Amount(1000, "Hz")),
        ("target - 3 dB", Amount(-19, "LUFS")),
        ("target - -14 LUFS", Amount(-2, "LU")),
        ("1 LU + target", Amount(-15, "LUFS")),
        ("10 ** (bed / 20 dB)", Amount(10**-0.5, "")),
        ("2 ** 3 ** 2", Amount(512, "")),
        ("-2 ** 2", Amount(-4, "")),
        ("round(2.567 s, 1)", Amount(2.6, "s")),
        ("abs(bed) + floor(1.9) + ceil(0.1)", Amount(12, "dB")),
        ("012 + 1e1 + .5", Amount(22.5, "")),
        ("from + 1 s", Amount(2, "s")),
        ("lambda + 人声", Amount(9, "dB")),
        ("count + 1", Amount(4, "")),
        ("bed if lead < tail else 0 dB", Amount(-10, "dB")),
        ("1 if wide and not count > 3 else 2", Amount(1, "")),
        ("1 / 0 if false else 5", Amount(5, "")),
        ("'a' if name == \"intro\" else 'b'", "a"),
        ("0 s < lead <= 500 ms", True),
        ("0 s < lead < 100 ms or true", True),
        ("false and 1 / 0 > 1", False),
        ("name != 'outro'", True),
    ],
)
def test_arithmetic_keeps_units(source, value):
    assert evaluate(f"${{{source}}}", VALUES) == value


@pytest.mark.parametrize(
    "text, words",
    [
        ("$bad", "there is no parameter 'bad'; 'bed'?"),
        ("${1 if true else bad}", "there is no parameter 'bad'"),
        ("${bed - 3 s}", "-10 dB and 3 s do not go together"),
        ("${bed < 3 s}", "-10 dB and 3 s do not go together"),
        ("${max(bed, 3 s)}", "-10 dB and 3 s do not go together"),
        ("${bed * bed}", "-10 dB times -10 dB has no meaning"),
        ("${1 / tail}", "1 divided by 2 s has no meaning"),
        ("${2 ** tail}", "2 to the power of 2 s has no meaning"),
        ("${tail / 0}", "2 s is divided by zero"),
        ("${tail // 0 s}", "2 s is divided by zero"),
        ("${1e308 * 10}", "too large"),
        ("${1e999}", "too large"),
        ("${10 ** 400}", "not a number"),
        ("${(-8) ** 0.5}", "not a number"),
        ("${0 ** -1}", "not a number"),
        ("${2 dBs}", "unknown unit 'dBs'; 'dB'?"),
        ("${name + 1}", "'intro' is not a number"),
        ("${wide + 1}", "True is not a number"),
        ("${1 if count else 2}", "3 is neither true nor false"),
        ("${1 < 'a'}", "1 and 'a' cannot be compared"),
        ("${'a' < 'b'}", "cannot be compared"),
        ("${count % 2}", "a percent sign comes right after a number"),
        ("${speech.end - 1 s}", "a moment goes outside the braces"),
        ("${count = 3}", "equality is '=='"),
        ("${'intro}", "the quote is not closed"),
        ("${(1 + 2}", "lacks a value, a sign or a bracket"),
        ("${1 +}", "lacks a value, a sign or a bracket"),
        ("${}", "lacks a value, a sign or a bracket"),
        ("${1, 2}", "comma"),
        ("${min(*bed)}", "star"),
        ("${min()}", "min takes 1 to 100 values, not 0"),
        ("${abs(1, 2)}", "abs takes 1 to 1 values, not 2"),
        ("${round(1, 1.5)}", "0 to 12 digits, not 1.5"),
        ("${pow(1, 2)}", "there is no function 'pow'"),
        ("${bed(1)}", "there is no function 'bed'"),
        ("${2 (1)}", "2 is not a function"),
        ("${bed", "a '${' without its '}'"),
        ("5 $ each", "a dollar is written '$$'"),
        ("x $unset", "a parameter without a value"),
    ],
)
def test_each_mistake_has_its_message(text, words):
    with pytest.raises(Wrong) as caught:
        evaluate(text, VALUES)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        "__import__('os').system('true')",
        "().__class__.__bases__",
        "[x for x in name]",
        "(lambda: 1)()",
        "name.upper()",
        "name[0]",
        "f'{name}'",
        "bed := 1",
        "9 ** 9 ** 9 ** 9",
        "'a' * 1000000000",
        "1 << 1000",
        "(" * 100,
        "-" * 400 + "1",
        "1" + "+ 1" * 60,
        "1" * 501,
        "1\0",
        "\\",
        "# 1",
        "min(1, key=2)",
        "min(**bed)",
        "await bed",
        "None",
        "...",
    ],
)
def test_nothing_but_the_small_language_is_understood(source):
    with pytest.raises(Wrong):
        evaluate(f"${{{source}}}", VALUES)


def test_text_cannot_be_made_to_grow_without_end():
    with pytest.raises(Wrong, match="more than 10000 characters"):
        evaluate("$long" * 3000, {"long": "x" * LONGEST_RESULT})


def test_the_names_of_a_text_are_its_parameters_and_nothing_else():
    text = "$$no $bed ${min(2 min, lead) if not wide or name == 'tail' else true} ${min} ${no"
    assert names_in(text) == {"bed", "lead", "wide", "name", "min"}


@st.composite
def arithmetic(draw, depth=4):
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(["0.", "1.", "2.5", ".5", "3.", "1e2", "7."]))
    left, right = draw(arithmetic(depth - 1)), draw(arithmetic(depth - 1))
    form = draw(
        st.sampled_from(
            ["({} {} {})", "min({0}, {2})", "max({0}, {2})", "-{0}", "({0} if {0} < {2} else {2})"]
        )
    )
    return form.format(left, draw(st.sampled_from(["+", "-", "*", "/", "**"])), right)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6).filter(lambda b: abs(b) > 1e-3))
@example(1.0, 0.1)  # 10, where Python's own // gives 9, as its 0.1 is a little more than a tenth
def test_whole_division_rounds_the_quotient_down(a, b):
    assert evaluate("${a // b}", {"a": a, "b": b}).value == math.floor(a / b)


@settings(deadline=None)
@given(arithmetic())
@example("2. ** -1.")
def test_bare_arithmetic_is_what_python_makes_of_it(source):
    try:
        expected = float(eval(source))
    except (ArithmeticError, TypeError):  # TypeError: a complex number
        expected = math.nan
    try:
        assert evaluate(f"${{{source}}}", {}).value == pytest.approx(expected, rel=1e-12)
    except Wrong as error:
        said = str(error)  # Python would go on counting with an infinite part
        assert not math.isfinite(expected) or "more than" in said or "too large" in said


FRAGMENTS = [
    "$",
    "{",
    "}",
    "(",
    ")",
    "bed",
    "name",
    "min",
    "if",
    "else",
    "not",
    "3 dB",
    "1:30",
    "%",
    "'",
    '"',
    "**",
]
FRAGMENTS += [
    "//",
    "-",
    "<",
    "==",
    ",",
    ".",
    "1e308",
    "\\",
    "lambda",
    "[",
    ":",
    "=",
    "\n",
    "\0",
    "é",
    "\ud800",
    " ",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join) | st.text(max_size=80))
def test_no_text_raises_anything_but_wrong(text):
    for hostile in (text, f"${{{text}}}"):
        names_in(hostile)
        try:
            evaluate(hostile, VALUES)
        except Wrong as error:
            assert str(error)
