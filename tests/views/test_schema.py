"""The JSON Schema for editors: it accepts every graph of the repository, and rejects wrong ones."""

import json
from pathlib import Path

import pytest
from command import run
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from audiograph import graph, units
from audiograph.errors import GraphError
from audiograph.graph.catalog import catalog, recipes
from audiograph.graph.catalog_entries import catalog_entries
from audiograph.language import document
from audiograph.language.parameter import Quantity
from audiograph.language.quantity import Wrong
from audiograph.views.schema import schema
from audiograph.views.schema.values import value

ROOT = Path(__file__).parents[2]
HOMES = ("audiograph/recipes", "benchmarks", "docs", "graphs")
FILES = sorted(path for home in HOMES for path in (ROOT / home).rglob("*.yaml"))
GRAPHS = [path for path in FILES if not path.name.endswith(".credit.yaml")]
PLUGIN = ROOT / "examples" / "plugin"
PARAMS = [
    param for kind in catalog().values() for param in kind.params.values() if isinstance(param, Quantity)
]
TONE = "a: {use: tone, length: 1 s}"

RIGHT = {  # lines under `nodes`
    "units": "x: {use: gain, in: a, level: −6dB}",
    "bare numbers": "x: {use: fade, in: a, fade_in: 0.5, fade_out: 1}",
    "a clock": "x: {use: place, in: a, at: 1:02:03.5}",
    "a moment": "x: {use: place, in: a, at: a.end - 1:30}",
    "a moment of several terms": "x: {use: place, in: a, at: a.end + 1 min - 500 ms}",
    "a moment of a link": "x: {chain: [{use: gain, in: a}, {use: place, at: x/gain.end}]}",
    "the later of two": "x: {use: place, in: a, at: max(a.end, a.start - 1:30)}",
    "nested": "x: {use: place, in: a, at: max( min(a.end, 3 s), max(a.start, 1), a.end - 2 s ) + 1 s - 2 ms}",
    "one of a parameter": 'x: {use: place, in: a, at: "min(a.end, ${lead})"}',
    "a percentage": "x: {use: width, in: a, width: 120 %}",
    "a parameter": "x: {use: gain, in: a, level: $p}",
    "arithmetic": 'x: {use: gain, in: a, level: "${p - 3 dB}"}',
    "arithmetic and a unit": 'x: {use: gain, in: a, level: "${2 * 3} dB"}',
    "a moment with a parameter": 'x: {use: place, in: a, at: "a.end + ${lead}"}',
    "a list": "x: {use: gain, in: [a, a, {use: noise}]}",
    "a list in a list": "x: {use: gain, in: [a, [a, a]]}",
    "gains": "x: {use: gain, in: {a: -3 dB, a.out: $p}}",
    "a node in place": "x: {use: gain, in: {use: tone}}",
    "a chain in place": "x: {use: gain, in: {chain: [{use: tone}, {use: gain}]}}",
    "a chain": "x: {in: a, chain: [{use: gain}, {use: eq, bands: [{shape: notch, freq: 50 Hz}]}]}",
    "a chain that begins itself": "x: {chain: [{use: tone}, {use: gain}]}",
    "a key left out": "x: {use: gate, in: a}",
    "a key": "x: {use: duck, in: a, key: a}",
    "zero where the rest is negative": "x: {use: duck, in: a, key: a, depth: 0 dB}",
    "true": "x: {use: bed, in: a, key: a, level: -3 dB}",
}
WRONG = {
    "no use": "x: {in: a, level: -6 dB}",
    "an unknown type": "x: {use: compresor, in: a}",
    "an unknown key": "x: {use: gain, in: a, levle: -6 dB}",
    "no input": "x: {use: gain, level: -6 dB}",
    "an input where there is none": "x: {use: tone, in: a}",
    "no key": "x: {use: duck, in: a}",
    "a missing value": "x: {use: place, in: a}",
    "another unit": "x: {use: gain, in: a, level: 3 s}",
    "an unknown unit": "x: {use: gain, in: a, level: 3 decibel}",
    "a number out of range": "x: {use: gain, in: a, level: 100}",
    "a level without its minus": "x: {use: compressor, in: a, threshold: 24 dB}",
    "a time below zero": "x: {use: fade, in: a, fade_in: -1 s}",
    "not a number": "x: {use: gain, in: a, level: loud}",
    "not a time": "x: {use: place, in: a, at: a.middle}",
    "a clock of 99 seconds": "x: {use: place, in: a, at: 1:99}",
    "a moment in Hz": "x: {use: place, in: a, at: a.end + 3 Hz}",
    "the latest of none": "x: {use: place, in: a, at: max()}",
    "another function": "x: {use: place, in: a, at: 'latest(a.end, a.start)'}",
    "later in Hz": "x: {use: place, in: a, at: max(a.end, a.start) + 3 Hz}",
    "a middle among moments": "x: {use: place, in: a, at: max(a.end, a.middle)}",
    "an open bracket": "x: {use: place, in: a, at: 'max(a.end, a.start'}",
    "not one of the words": "x: {use: pan, in: a, law: loud}",
    "a band that is no mapping": "x: {use: eq, in: a, bands: [1 kHz]}",
    "an unknown column": "x: {use: eq, in: a, bands: [{frequency: 1 kHz}]}",
    "a column left out": "x: {use: envelope, in: a, points: [{level: 0 dB}]}",
    "a list where one value is": "x: {use: gain, in: a, level: [-3 dB]}",
    "a gain out of range": "x: {use: gain, in: {a: 300}}",
    "a number as a name": "x: {use: gain, in: 3}",
    "an empty chain": "x: {chain: []}",
    "a fed link": "x: {in: a, chain: [{use: gain, in: a}]}",
    "a source amid a chain": "x: {in: a, chain: [{use: tone}]}",
    "a chain that nothing feeds": "x: {chain: [{use: gain}]}",
    "a chain with a value": "x: {chain: [{use: tone}], level: -3 dB}",
    "a node that is a word": "x: a",
    "a name with a space": "my node: {use: tone}",
    "a name with a slash": "x/y: {use: tone}",
    "a wrong node in place": "x: {use: gain, in: {use: tone, freq: high}}",
    "an unknown parameter of a recipe": "x: {use: bed, in: a, key: a, loudness: 3}",
    "a recipe out of its range": "x: {use: bed, in: a, key: a, tail: 3 dB}",
}
WRONG_FILES = {
    "nothing to write": f"nodes:\n  {TONE}",
    "output and outputs": f"nodes:\n  {TONE}\noutput: a\noutputs: {{x: a}}",
    "no nodes": "output: a",
    "an unknown section": f"knodes: {{}}\nnodes:\n  {TONE}\noutput: a",
    "a rate out of range": f"rate: 1\nnodes:\n  {TONE}\noutput: a",
    "an output without a node": f"nodes:\n  {TONE}\noutput: {{bits: 24}}",
    "an option that is none": f"nodes:\n  {TONE}\noutput: {{from: a, bit: 24}}",
    "an output outside": f"nodes:\n  {TONE}\noutputs: {{../x: a}}",
    "a type of parameter": f"params: {{p: {{type: volume}}}}\nnodes:\n  {TONE}\noutput: a",
    "a key of a parameter": f"params: {{p: {{default: 1, step: 1}}}}\nnodes:\n  {TONE}\noutput: a",
    "a choice of nothing": f"params: {{p: {{type: choice, default: a}}}}\nnodes:\n  {TONE}\noutput: a",
    "a default in another unit": (
        f"params: {{p: {{type: gain, default: 3 s}}}}\nnodes:\n  {TONE}\noutput: a"
    ),
    "a bound in another unit": (
        f"params: {{p: {{type: gain, default: 3, max: 3 Hz}}}}\nnodes:\n  {TONE}\noutput: a"
    ),
    "a list as a parameter": f"params: {{p: [1]}}\nnodes:\n  {TONE}\noutput: a",
}


@pytest.fixture(scope="module")
def made() -> dict:
    return schema(catalog_entries(catalog(), recipes()))


@pytest.fixture(scope="module")
def validator(made) -> Draft7Validator:
    Draft7Validator.check_schema(made)
    return Draft7Validator(made)


def around(lines: str) -> str:
    return f"params: {{p: -3 dB, lead: 1 s}}\nnodes:\n  {TONE}\n  {lines}\noutput: a"


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.stem)
def test_every_graph_of_the_repository_fits(path, validator):
    validator.validate(document.load(path))


def test_the_graphs_of_a_plugin_fit_where_it_is_installed(validator):
    types = catalog([path for path in PLUGIN.glob("audiograph_*/*.py") if path.stem != "__init__"])
    installed = {path.stem: path for path in PLUGIN.glob("*/recipes/*.yaml")}
    with_it = Draft7Validator(schema(catalog_entries(types, {**recipes(), **installed})))
    graphs = [document.load(path) for path in PLUGIN.rglob("*.yaml")]
    assert graphs and all(with_it.is_valid(found) for found in graphs)
    assert not any(validator.is_valid(found) for found in graphs)


@pytest.mark.parametrize("lines", RIGHT.values(), ids=RIGHT)
def test_what_the_language_allows_fits(lines, validator):
    found = document.parse(around(lines), "right.yaml")
    graph.build(found, catalog())
    validator.validate(found)


@pytest.mark.parametrize(
    "text", [*map(around, WRONG.values()), *WRONG_FILES.values()], ids=[*WRONG, *WRONG_FILES]
)
def test_wrong_graphs_do_not_fit(text, validator):
    found = document.parse(text, "wrong.yaml")
    with pytest.raises(GraphError):
        graph.build(found, catalog())
    assert not validator.is_valid(found)


NUMBERS = st.from_regex(r"[-+−]?[0-9]{0,3}(\.[0-9]{0,2})?(e[-+]?[0-9])?", fullmatch=True)
UNITS = st.sampled_from(
    ["", " dB", "dB", " s", "ms", " us", "min", " Hz", " kHz", "%", " LUFS", ":30", ":07.5"]
)


@pytest.mark.parametrize("kind", [units.db, units.lu])
def test_either_of_db_and_lu_may_be_written_for_the_other(kind):
    param = kind(1, -60, 60, "how much")
    assert param.read("1 dB") == param.read("1 LU") == 1
    assert all(Draft7Validator(value(param)).is_valid(text) for text in ("1 dB", "1 LU"))
    assert not Draft7Validator(value(param)).is_valid("1 LUFS")


@given(param=st.sampled_from(PARAMS), number=NUMBERS, unit=UNITS)
def test_no_valid_quantity_is_rejected(param, number, unit):
    text = number + unit
    try:
        zero = param.read(text) == 0  # "-0 dB" is nobody's
    except Wrong:
        return
    assert zero or Draft7Validator(value(param)).is_valid(text)


@pytest.mark.parametrize("param", PARAMS, ids=lambda param: f"{param.range()} {param.help[:20]}")
def test_the_ends_of_a_range_fit_and_values_beyond_do_not(param):
    fits = Draft7Validator(value(param)).is_valid
    assert fits(param.lo) and fits(param.hi) and fits(param.shown(param.lo)) and fits(param.shown(param.hi))
    assert not fits(param.lo - 1) and not fits(param.hi + 1) and not fits("loud") and fits("$loud")


def test_a_recipe_that_cannot_be_read_is_left_out_and_named(tmp_path, caplog):
    for name, text in {"torn": "params: {a", "odd": "params: {a: {type: volume}}"}.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    found = catalog_entries({}, {**recipes(), "torn": tmp_path / "torn.yaml", "odd": tmp_path / "odd.yaml"})
    assert "bed" in found and not {"torn", "odd"} & set(found)
    assert "torn.yaml cannot be used" in caplog.text and "'volume' is not one of" in caplog.text


def test_every_value_has_its_help_range_and_default(made):
    threshold = made["definitions"]["use compressor"]["properties"]["threshold"]
    assert "level above which it compresses" in threshold["markdownDescription"]
    assert "-80 dB to 0 dB" in threshold["description"] and threshold["default"] == "-24 dB"
    names = made["definitions"]["node"]["else"]["properties"]["use"]["anyOf"][0]
    assert len(names["enum"]) == len(names["markdownEnumDescriptions"])
    assert {"compressor", "bed"} <= set(names["enum"])


def test_the_input_of_a_recipe_has_the_help_its_file_gives(made):
    assert "voice" in made["definitions"]["use bed"]["properties"]["key"]["description"]


@pytest.mark.parametrize(
    ("bounds", "words"),
    [("", "any"), (", min: 0 s", "0 s and more"), (", max: 9 s", "up to 9 s")],
)
def test_a_parameter_without_bounds_shows_none(bounds, words, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(f"params: {{p: {{type: time, default: 1 s{bounds}}}}}")
    found = catalog_entries({}, {"mine": file})["mine"].params["p"]
    assert value(found)["description"] == f"{words}; default 1 s"


def test_the_command_prints_it_or_writes_it(made, tmp_path):
    file = tmp_path / "audiograph.json"
    assert json.loads(run("schema").stdout) == json.loads(json.dumps(made))
    assert run("schema", "-o", file).stdout == ""
    assert json.loads(file.read_text()) == json.loads(json.dumps(made))


def test_node_types_of_a_file_are_in_it(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "from audiograph.node import Effect, effect\nfrom audiograph.units import db\n\n\n"
        "@effect\ndef louder(setup, by: float = db(6, 0, 12, 'how much')):\n"
        "    '''Makes it louder.'''\n    return Effect(print)\n"
    )
    found = json.loads(run("schema", "--nodes", file).stdout)
    assert "how much" in found["definitions"]["use louder"]["properties"]["by"]["description"]
