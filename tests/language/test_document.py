import json
import os
import pickle
from pathlib import Path

import pytest
import yaml
from documents import problems
from hypothesis import example, given, settings
from hypothesis import strategies as st

from audiograph.errors import GraphError
from audiograph.language.document import Entry, Items, load, located, parse

MIX = """\
# a mix
nodes:
  voice: {use: source, file: $voice}
  music:
    in: {use: source}
    chain:
      - {use: loop, until: speech.end + 2 s}
      - use: eq
        bands:
          - {freq: 1.6 kHz,
             gain: -4 dB}
output: music
"""


@pytest.mark.usefixtures("both_parsers")
def test_every_mapping_list_and_key_knows_its_line():
    mix = parse(MIX, "mix.yaml")
    music = mix["nodes"]["music"]
    assert isinstance(mix, Entry) and isinstance(music["chain"], Items)
    assert mix.where == "mix.yaml:2"
    assert (mix.at("nodes"), mix.at("output")) == ("mix.yaml:2", "mix.yaml:12")
    assert music.at("chain") == "mix.yaml:6" and music["chain"].where == "mix.yaml:7"
    assert music["chain"].at(1) == "mix.yaml:8"
    assert mix.at("nobody") == mix.where and music["chain"].at(7) == music["chain"].where


def test_a_path_into_a_value_is_located_as_exactly_as_it_can_be():
    music = parse(MIX, "mix.yaml")["nodes"]["music"]
    assert located(music, ("chain", 1, "bands", 0, "gain"), "?") == "mix.yaml:11"
    assert located(music, ("chain", 1, "bands", 0, "q"), "?") == "mix.yaml:10"
    assert located(music, ("chain", 1, "bands", 5, "q"), "?") == "mix.yaml:10"
    assert located(music["chain"], (0, "until", "deeper"), "?") == "mix.yaml:7"
    assert located(music, (), "mix.yaml:4") == "mix.yaml:4"
    assert located("a value", ("key", 1), "mix.yaml:9") == "mix.yaml:9"
    assert located(Entry({"made": 1}), ("made",), "here") == "here"


def test_lines_survive_a_pickle():
    mix = pickle.loads(pickle.dumps(parse(MIX, "mix.yaml")))
    assert mix["nodes"].at("music") == "mix.yaml:4"


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_lines_are_counted_the_same_for_every_line_break(line_break):
    mix = parse("\ufeff" + MIX.replace("\n", line_break), "mix.yaml")
    assert mix == parse(MIX) and mix.at("output") == "mix.yaml:12"


@pytest.mark.usefixtures("both_parsers")
@pytest.mark.parametrize(
    "text, value",
    [
        ("on", "on"), ("off", "off"), ("yes", "yes"), ("no", "no"), ("y", "y"),
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None), ("tRUE", "tRUE"),
        ("12", 12), ("-3", -3), ("+4", 4), ("012", 12),
        ("0o17", 15), ("0x1F", 31), ("1_000", "1_000"), ("0b1", "0b1"),
        ("1e3", 1000.0), (".5", 0.5), ("5.", 5.0), ("-1.5E-3", -0.0015),
        ("1e", "1e"), (".", "."), ("-", [None]),
        ("1:30", "1:30"), ("1:30:00", "1:30:00"), ("2024-01-01", "2024-01-01"),
        ("-3 dB", "-3 dB"), ("=", "="),
        ("'12'", "12"), ('"true"', "true"), ("|\n  12", "12"), ("٣", "٣"), ("-0x1F", "-0x1F"),
        (".infinite", ".infinite"), ("1.2.3", "1.2.3"), ("192k", "192k"), ("C:\\music", "C:\\music"),
    ],
)  # fmt: skip
def test_scalars_mean_what_yaml_1_2_says(text, value):
    found = parse(f"key: {text}" if text != "-" else "key:\n  -")["key"]
    assert found == value and type(found) in (type(value), Items)


@pytest.mark.usefixtures("both_parsers")
@pytest.mark.parametrize("text", [".inf", "-.Inf", ".nan", ".NaN", "1e999", "-1e999", "9" * 101])
def test_infinity_and_nan_are_refused_unless_quoted(text):
    assert problems(f"a: 1\nkey: {text}")[0].startswith("mix.yaml:2: ")
    assert parse(f"key: '{text}'") == {"key": text}


PLAIN = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufeff\x7f"
)
FIT = st.text(
    PLAIN.filter(lambda sign: not 0xFDD0 <= ord(sign) <= 0xFDEF and ord(sign) & 0xFFFF < 0xFFFE), max_size=20
)
KEYS = FIT.filter(lambda key: key not in ("", "<<"))
SCALARS = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9) | FIT


def data(scalars=SCALARS, keys=KEYS):
    nested = st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=12,
    )
    return st.dictionaries(keys, nested, max_size=5)


@settings(deadline=None, max_examples=60)
@given(data())
@example({"a": ["${", "}"], "${": {"b": "}, ${c: d}"}})
def test_json_means_in_a_graph_file_what_it_means_in_json(value):
    assert parse(json.dumps(value, ensure_ascii=False)) == value


WORDS = st.text("abcXYZ _-${}[],:#&*!|>'\"%@`\\é人", max_size=12).map(str.strip)
WORDS = WORDS.filter(lambda word: "${" not in word)  # without quotes, that is the beginning of an expression


@settings(deadline=None, max_examples=60)
@given(data(st.none() | st.integers() | WORDS, WORDS.filter(lambda key: key and ":" not in key)))
def test_what_pyyaml_writes_is_read_as_it_was(value):
    for flow in (False, None):
        text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=flow, width=10**6)
        assert parse(text) == value


@settings(deadline=None, max_examples=60)
@given(
    st.text(max_size=60) | st.text("ab:- \n\t[]{},#&*!|>'\"%@`?$<\\0\0", max_size=60) | st.binary(max_size=60)
)
def test_any_text_is_a_mapping_or_an_error_with_places(text):
    try:
        found = parse(text)
    except GraphError as error:
        assert error.problems and all(problem.where.startswith("graph") for problem in error.problems)
    else:
        assert isinstance(found, Entry)


@pytest.mark.usefixtures("both_parsers")
@pytest.mark.parametrize(
    "text, value",
    [
        ("a: {level: ${bed - 3 dB}, q: 1}", {"a": {"level": "${bed - 3 dB}", "q": 1}}),
        ("a: [${b}, x/${c}.wav]", {"a": ["${b}", "x/${c}.wav"]}),
        ("a: {at: speech.end + ${max(b, 2 s)}}", {"a": {"at": "speech.end + ${max(b, 2 s)}"}}),
        ("{a: ${'x: #1' if b else 'y'}}", {"a": "${'x: #1' if b else 'y'}"}),
        ("a: {b: '${c}', d: \"${e}\"}", {"a": {"b": "${c}", "d": "${e}"}}),
        ("a: ${b} # ${c}", {"a": "${b}"}),
        ("a: |\n  ${b, c}\n  {d}", {"a": "${b, c}\n{d}"}),
        ('a: ["${", "}"]', {"a": ["${", "}"]}),
        ("a: ['it''s ${', '}']", {"a": ["it's ${", "}"]}),
        ("a: [$$, $b]", {"a": ["$$", "$b"]}),
        ("${a}: ${b}", {"${a}": "${b}"}),
    ],
)
def test_expressions_need_no_quotes_in_brackets(text, value):
    assert parse(text) == value


def test_an_expression_that_is_not_closed_is_named_as_such():
    assert problems("a: 1\nb: [${bed - 3 dB]") == ["mix.yaml:2: a '${' without its '}' on the same line"]


@pytest.mark.usefixtures("both_parsers")
def test_an_alias_shares_its_value_and_keeps_its_place():
    mix = parse("a: &shared\n  b: 1\nc: *shared\n", "mix.yaml")
    assert mix["c"] is mix["a"]
    assert mix.at("c") == "mix.yaml:3" and mix["c"].at("b") == "mix.yaml:2"


def test_a_file_is_read_and_its_places_name_it_as_it_was_given(tmp_path, monkeypatch):
    (tmp_path / "mix.yaml").write_text(MIX)
    monkeypatch.chdir(tmp_path)
    assert load(Path("mix.yaml")).at("output") == "mix.yaml:12"


def test_a_missing_file_suggests_the_nearest_name(tmp_path):
    (tmp_path / "mix.yaml").write_text(MIX)
    with pytest.raises(GraphError, match=r"mix\.yml: there is no such file; 'mix\.yaml'\?$"):
        load(tmp_path / "mix.yml")
    with pytest.raises(GraphError, match=r"there is no such file$"):
        load(tmp_path / "nowhere" / "mix.yml")


def test_what_cannot_be_read_says_why(tmp_path):
    with pytest.raises(GraphError, match="is a folder, not a graph file"):
        load(tmp_path)
    with pytest.raises(GraphError, match=r"cannot be read: .*null"):
        load(Path("a\0b"))
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    with pytest.raises(GraphError, match="cannot be read: Too many levels"):
        load(tmp_path / "loop.yaml")


def test_no_more_of_a_file_is_read_than_the_largest_graph(tmp_path):
    """A terabyte of nothing."""
    with (tmp_path / "mix.yaml").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(GraphError, match=r"mix.yaml: is longer than 2 MB"):
        load(tmp_path / "mix.yaml")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no /dev/zero")
def test_a_device_is_no_graph():
    with pytest.raises(GraphError, match="/dev/zero: cannot be read: it is not a regular file"):
        load(Path(os.devnull).with_name("zero"))
