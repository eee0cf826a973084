"""What a document refuses: mistakes, said in plain words, and text made to do harm."""

import time

import pytest
from documents import problems

from audiograph.language.document import parse
from audiograph.language.document.parsing import DEEPEST, MOST_ANCHORS, MOST_PROBLEMS, MOST_VALUES
from audiograph.language.document.yaml_text import LARGEST


@pytest.mark.usefixtures("both_parsers")
def test_everything_that_is_wrong_is_listed_at_once_in_the_order_of_the_file():
    text = """\
eq: 1
a: !!python/object/apply:os.system [x]
b: &b {<<: *b}
12: a
eq: *nobody
[x]: 1
b: .nan
d: [1, 2
"""
    assert problems(text) == [
        "mix.yaml:2: tags are not part of the language; leave '!!python/object/apply:os.system' out",
        "mix.yaml:3: merge keys (<<) are not part of the language; write the keys out",
        "mix.yaml:3: the alias 'b' is inside the value it refers to",
        'mix.yaml:4: a key is text; write "12" in quotes',
        "mix.yaml:5: no anchor above is named 'nobody'",
        "mix.yaml:5: 'eq' is written twice: line 1 and line 5",
        "mix.yaml:6: a key is a word, not an alias, a list or a mapping",
        "mix.yaml:7: .nan is not allowed as a number; in quotes it is text",
        "mix.yaml:7: 'b' is written twice: line 3 and line 7",
        "mix.yaml:8: a '[' is not closed, or lacks a comma",
    ]


def test_a_flood_of_problems_is_cut_off():
    found = problems("a: 1\n" * 10_000)
    assert len(found) == MOST_PROBLEMS + 1 and "more problems" in found[-1]


@pytest.mark.parametrize("key", ["808", "1e3", "null", "true", "0x1F"])
def test_a_key_that_is_not_text_needs_quotes(key):
    assert problems(f"{key}: 1") == [f'mix.yaml:1: a key is text; write "{key}" in quotes']
    assert parse(f"'{key}': 1") == {key: 1}


@pytest.mark.usefixtures("both_parsers")
@pytest.mark.parametrize(
    "text, problem",
    [
        ("", "mix.yaml:1: there is nothing in it"),
        ("# only a comment\n", "mix.yaml:1: there is nothing in it"),
        ("\n- a\n- b\n", "mix.yaml:2: a graph is a mapping: lines of 'key: value'"),
        ("just words", "mix.yaml:1: a graph is a mapping: lines of 'key: value'"),
        ("a: 1\n---\nb: 2\n", "mix.yaml:2: a second document begins ('---'); a file is one graph"),
        ("a: 1\n...\nb: 2\n", "mix.yaml:3: this is outside the graph, which ended above"),
        ("a: !!str 1", "mix.yaml:1: tags are not part of the language; leave '!!str' out"),
        ("a: ! 1", "mix.yaml:1: tags are not part of the language; leave '!' out"),
        ("a: !e!x 1", "mix.yaml:1: tags ('!') are not part of the language; in quotes it is text"),
        ("a: &x 1\n*x : 2", "mix.yaml:2: a key is a word, not an alias, a list or a mapping"),
        ("a: &voice 1\nb: *voic", "mix.yaml:2: no anchor above is named 'voic'; 'voice'?"),
        ("a: {use:gain, b: 1}", "mix.yaml:1: 'use:gain' needs a space after its ':'"),
        ("'': 1", "mix.yaml:1: a key is missing before ':'"),
        (": 1", "mix.yaml:1: a key is missing before ':'"),
        ("k" * 201 + ": 1", "mix.yaml:1: a key of 201 characters is too long"),
        ("a: 1\nlevel 3\nb: 2", "mix.yaml:2: a key without its ': '; a colon needs a space after it"),
        ("a: 1\nlevel:3\nb: 2", "mix.yaml:2: a key without its ': '; a colon needs a space after it"),
        ("about: Note: this", "mix.yaml:1: a second ': ' in one line; text with a colon needs quotes"),
        (
            "a: 1\n  b: 2",
            "mix.yaml:2: this line does not continue the one above; check the indentation",
        ),
        (
            "a:\n    b: 1\n  c: 2",
            "mix.yaml:3: this line does not continue the one above; check the indentation",
        ),
        (
            "a:\n  - x\n  b: 2",
            "mix.yaml:3: this line does not continue the one above; check the indentation",
        ),
        ("a: - x", "mix.yaml:1: a list begins on the next line, or is written [a, b]"),
        ("a:\n\tb: 1", "mix.yaml:2: a tab in the indentation; YAML takes spaces only"),
        ("a:\n  b: 1\n\tc: 1", "mix.yaml:3: a tab in the indentation; YAML takes spaces only"),
        ("a: 1\nb: [1,\n  2\nc: 3\n", "mix.yaml:2: a '[' is not closed, or lacks a comma"),
        ("b: {x: 1\n", "mix.yaml:1: a '{' is not closed, or lacks a comma"),
        ("a: {x: 1 y: 2}", "mix.yaml:1: a '{' is not closed, or lacks a comma"),
        ("a: [1,,2]", "mix.yaml:1: a value or a closing bracket is missing"),
        ("a: [1]]", "mix.yaml:1: a ']' closes nothing"),
        ('a: 1\nb: "x\nc: 1', "mix.yaml:2: a quote is opened here and never closed"),
        ("a: 'it's'", "mix.yaml:1: text after a closing quote or bracket; put quotes around all of it"),
        ('a: "C:\\music"', "mix.yaml:1: a backslash in double quotes; use single quotes, or '/'"),
        ('a: "C:\\Users"', "mix.yaml:1: a backslash in double quotes; use single quotes, or '/'"),
        ("a: @x", "mix.yaml:1: text that begins with '@', '`' or '%' needs quotes"),
        ("a: *.wav", "mix.yaml:1: text that begins with '*' or '&' needs quotes"),
        ("a: |x\n  y", "mix.yaml:1: text after '|' or '>' begins on the next line"),
        ("%YAML 2.0\n---\na: 1", "mix.yaml:1: lines that begin with '%' are not part of the language"),
        ("a: 1\nb: x\0y", "mix.yaml:2: has the character U+0000, which is not allowed in a graph"),
        ('a: 1\nb: "\\0"', "mix.yaml:2: has the character U+0000, which is not allowed in a graph"),
        ("a: x\u2028b: y", "mix.yaml:1: has the character U+2028, which is not allowed in a graph"),
        ("a: \ud800", "mix.yaml:1: has the character U+D800, which is not allowed in a graph"),
        ("a: \ufdd0", "mix.yaml:1: has the character U+FDD0, which is not allowed in a graph"),
        (b"a: 1\nb: caf\xe9\n", "mix.yaml:2: is not UTF-8 (byte 0xE9); save it as UTF-8"),
        ("a: 1".encode("utf-16"), "mix.yaml:1: is UTF-16 or no text at all; save it as UTF-8"),
        ("a: 1".encode("utf-16-le"), "mix.yaml:1: is UTF-16 or no text at all; save it as UTF-8"),
        ("#" * (LARGEST + 1), "mix.yaml: is longer than 2 MB, more than a graph can need"),
    ],
)
def test_each_mistake_has_its_line_and_message(text, problem):
    assert problems(text) == [problem]


def doubling(levels: int, item: str = "{below}, {below}") -> str:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [{item.format(below=f'*a{n - 1}')}]" for n in range(1, levels)]
    return "\n".join(lines)


DEEP = f"is nested more than {DEEPEST} levels deep"
MANY = f"has more than {MOST_VALUES} values, with aliases expanded"
HOSTILE = {
    "200 kB of [": ("[" * 200_000, DEEP),
    "200 kB of {": ("{" * 200_000, DEEP),
    "[? [? [?": ("[? " * 60_000, DEEP),
    "{a: {a:": ("{a: " * 60_000, DEEP),
    "- - - -": ("- " * 100_000, DEEP),
    "? ? ? ?": ("? " * 100_000, DEEP),
    "deep indentation": ("".join(" " * n + "a:\n" for n in range(1500)), DEEP),
    "deep by aliases": (doubling(200, "[[[{below}]]]"), DEEP),
    "an alias bomb": (doubling(40), MANY),
    "a merge bomb": (doubling(40).replace("[", "{<<: [").replace("]", "]}"), "merge keys (<<)"),
    "thousands of anchors": (
        "\n".join(f"a{n}: &a{n} x" for n in range(5000)),
        f"more than {MOST_ANCHORS} anchors",
    ),
    "unknown aliases": ("- &a" + "b" * 300 + " 1\n" + f"- *{'c' * 5000}\n" * 100, "no anchor above is named"),
    "a 5000-digit number": ("a: " + "9" * 5000, "a number of 5000 characters is too long"),
    "a million digits": ("a: " + "9" * 1_000_000, "a number of 1000000 characters is too long"),
    "a file of $": ("a: [" + "${" * 200_000, "a '${' without its '}'"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_refused_at_once(name):
    text, words = HOSTILE[name]
    begin = time.perf_counter()
    found = problems(text)
    assert time.perf_counter() - begin < 1
    assert words in found[0] and all(len(line) < 150 for line in found)


def test_as_many_values_as_are_allowed_are_read_and_one_more_is_not():
    text = "a: [" + "1," * (MOST_VALUES - 3) + "]"
    assert len(parse(text)["a"]) == MOST_VALUES - 3
    assert problems(text.replace("]", "1]")) == [f"mix.yaml:1: {MANY}"]


def test_a_long_line_of_text_is_only_text():
    assert len(parse("about: " + "word " * 100_000)["about"]) == 499_999
