"""Moments: what is read, what it is written as, and what is refused."""

import pytest

from audiograph.language.moment import Moment, moment, moments
from audiograph.language.quantity import Wrong

A, B = Moment("a", "end", 0.0), Moment("b", "start", 0.0)
EDGES = {"a.end": 10.0, "b.start": 12.0, "c/d.end": 3.0}


def at(text: str) -> float:
    return moment(text).time(lambda edge: EDGES[f"{edge.node}.{edge.edge}"])


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3 s", 3),
        (1.5, 1.5),
        ("-500 ms", -0.5),
        ("a.end - 1:30 + 2", -78),
        ("max(a.end, b.start)", 12),
        ("min(a.end, b.start)", 10),
        ("max(a.end + 3 s, b.start) - 500 ms", 12.5),
        ("min(a.end, b.start, c/d.end, 4 s)", 3),
        ("max(a.end)", 10),
        ("max(min(a.end, 11 s), min(b.start - 0.5 s, 1 min), 2) + 1 s − 250 ms", 12.25),
        ("  max ( a.end ,b.start )+1 s ", 13),
        ("max(-1 s, -2 s)", -1),
        ("max(" * 20 + "a.end" + ")" * 20, 10),
    ],
)
def test_a_moment_has_its_time(text, seconds):
    assert at(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text",
    [
        "3 s",
        "a.end",
        "a.end - 500 ms",
        "max(a.end, b.start)",
        "min(max(/x/a.end + 1 s, 2 s), b.start) - 1.25 s",
    ],
)
def test_its_text_reads_back(text):
    assert str(moment(text)) == text
    assert moment(str(moment(text))) == moment(text) == moment(moment(text))


def test_it_tells_which_nodes_it_refers_to_and_they_can_be_renamed():
    several = moment("max(a.end, min(b.start, 3 s) + 1 s, a.start)")
    assert [str(each) for each in several.leaves()] == ["a.end", "b.start", "a.start"]
    assert (
        str(several.renamed(lambda node: f"x/{node}")) == "max(x/a.end, min(x/b.start, 3 s) + 1 s, x/a.start)"
    )
    rows = ({"at": several, "level": 0.0}, {"at": moment("2 s"), "level": 0.0})
    assert [each.node for each in moments(rows)] == ["a", "b", "a"]
    assert moment("max(a.end, b.start)") == Moment("", "max", 0.0, (A, B))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a.ende", r"'a.ende': 'ende' is neither start nor end; 'end'\?"),
        ("mx(a.end, b.end)", r"there is no 'mx' of moments, only max and min; 'max'\?"),
        ("MAX(a.end, b.end)", r"no 'MAX' of moments, only max and min; 'max'\?"),
        ("latest(a.end, b.end) + 1 s", r"no 'latest' of moments.*; 'max'\?"),
        ("earlier(a.end, b.end)", r"no 'earlier' of moments.*; 'min'\?"),
        ("max(a.end, b.strat)", r"'strat' is neither start nor end; 'start'\?"),
        ("max(a.end, b)", r"'b' is not a time such as .*; 'b.end'\?"),
        ("max(a.end, 3 dB)", "'3 dB' is not a time such as"),
        ("max(a.end, b.end", r"lacks a '\)'"),
        ("max(a.end, min(b.end, 3 s)", r"lacks a '\)'"),
        ("max()", r"lacks a moment: write max\(a.end, b.start\)"),
        ("min(a.end,)", r"lacks a moment: write min\(a.end, b.start\)"),
        ("max(a.end, b.end) 2 s", "after the bracket come plus or minus and a time"),
        ("max(a.end, b.end))", "after the bracket come plus or minus and a time"),
        ("max(a.end, b.end) + c.end", r"NODE.start, NODE.end, max\(...\) or min\(...\), plus or minus times"),
        ("a.end + b.end", "plus or minus times"),
        ("2 s + a.end", r"is not a moment such as 'speech.end - 500 ms': .*plus or minus times"),
        ("max(" * 21 + "a.end" + ")" * 21, "more than 20 of max and min"),
        ("max(" + "a.end, " * 200 + "b.end)", "is not a"),
    ],
)
def test_what_is_no_moment_is_refused_with_what_would_be_right(text, says):
    with pytest.raises(Wrong, match=says):
        moment(text)
