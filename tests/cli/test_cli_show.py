"""`audiograph show`: a plan as a table, as data, as a picture."""

import json
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile
from command import graph, run
from hypothesis import given
from hypothesis import strategies as st

from audiograph.views.drawings.layout import BEND, BOX, layout

MIX = """\
about: Two tones, one under the other.
params:
  under: {type: gain, default: -6 dB}
nodes:
  voice: {use: tone, length: 3 s}
  speech: {use: place, in: voice, at: 500 ms}
  bed:
    in: {use: noise, length: 1 s, level: -20 dB}
    chain:
      - {use: loop, until: speech.end + 1 s, crossfade: 100 ms}
      - {use: duck, key: speech, depth: -8 dB}
      - {use: gain, level: $under}
      - {use: eq, bands: [{shape: lowshelf, freq: 2.5 kHz, gain: -3 dB}]}
  idle: {use: gain, in: voice}
  mix: {use: sum, in: [speech, bed]}
outputs: {final: mix, stems/bed: bed}
"""


def cells(text, node):
    (line,) = [line for line in text.splitlines() if line.split()[:1] == [node]]
    return line


def test_the_table_has_every_node_in_order_with_what_was_set(tmp_path):
    text = run("show", graph(tmp_path, MIX)).stdout
    rows = [line.split()[0] for line in text.split("\n\n")[1].splitlines()]
    assert rows[0] == "node" and rows[-1] == "mix" and set(rows[1:-1]) == {
        "voice", "speech", "bed/in", "bed/loop", "bed/duck", "bed/gain", "bed/eq", "idle",
    }  # fmt: skip
    assert "Two tones" in text and "$under = -6 dB" in text
    assert "0:03.500" in cells(text, "speech") and "0:00.500" in cells(text, "speech")
    assert "until: speech.end + 1 s, crossfade: 100 ms" in cells(text, "bed/loop")
    assert "bands: [{shape: lowshelf, freq: 2.5 kHz, gain: -3 dB}]" in cells(text, "bed/eq")
    assert "key: speech" in cells(text, "bed/duck") and "depth: -8 dB" in cells(text, "bed/duck")


def test_values_that_are_the_default_are_left_out(tmp_path):
    text = run(
        "show", graph(tmp_path, "nodes: {a: {use: tone, shape: sine, freq: 1 kHz, length: 1 s}}\noutput: a")
    ).stdout
    assert cells(text, "a").endswith("length: 1 s") and "sine" not in text


def test_settings_show_in_the_table(tmp_path):
    text = run("show", graph(tmp_path, MIX), "--set", "under=-9 dB", "--set", "bed/duck.depth=-3 dB").stdout
    assert "$under = -9 dB" in text and "level: -9 dB" in cells(text, "bed/gain")
    assert "depth: -3 dB" in cells(text, "bed/duck")


def test_json_has_regions_lengths_and_openings(tmp_path):
    found = json.loads(run("show", graph(tmp_path, MIX), "--json", "--rate", "48 kHz").stdout)
    nodes = {node["name"]: node for node in found["nodes"]}
    assert found["rate"] == 48_000 and nodes["mix"]["frames"] == 4.5 * 48_000
    assert (
        nodes["bed/duck"]["regions"] == nodes["mix"]["regions"] == ["A"] and not nodes["bed/loop"]["regions"]
    )
    assert nodes["bed/duck"]["feeds"] == {"in": ["bed/loop"], "key": ["speech"]}
    assert nodes["idle"]["opened"] == 0 and nodes["bed/in"]["opened"] >= 1
    assert nodes["speech"]["start"] == 24_000 and nodes["mix"]["where"].endswith("mix.yaml:15")
    assert found["outputs"] == [
        {"name": "final", "from": "mix.out"},
        {"name": "stems/bed", "from": "bed/eq.out"},
    ]


def test_nodes_opened_twice_and_unused_nodes_are_marked(tmp_path):
    nodes = "a: {use: tone, length: 1 s}, b: {use: concat, in: [a, a]}, idle: {use: gain, in: a}"
    text = run("show", graph(tmp_path, f"nodes: {{{nodes}}}\noutput: b")).stdout
    assert "x2" in cells(text, "a") and "never" in cells(text, "idle")


def test_a_mermaid_flowchart_has_every_node_and_link(tmp_path):
    text = run("show", graph(tmp_path, MIX), "--mermaid").stdout
    lines = text.splitlines()
    assert lines[0] == "flowchart LR" and sum("[" in line for line in lines) == 9 + 2
    keys = {
        line.split('"')[1].split("<")[0]: line.split("[")[0].split("(")[0].strip()
        for line in lines
        if '"' in line
    }
    assert f"  {keys['speech']} -->|key| {keys['bed/duck']}" in lines
    assert f"  {keys['speech']} -.-> {keys['bed/loop']}" in lines and ":::unused" in text


def test_special_characters_in_names_are_escaped(tmp_path):
    file = graph(tmp_path, "nodes: {a: {use: tone, length: 1 s}}\noutputs: {'<b>\"&x]': a, b: a}")
    assert "#60;b#62;#34;#38;x#93;" in run("show", file, "--mermaid").stdout
    run("show", file, "--svg", tmp_path / "a.svg")
    texts = [part.text for part in ElementTree.parse(tmp_path / "a.svg").iter() if part.tag.endswith("text")]
    assert '<b>"&x]' in texts


def test_the_picture_has_a_box_for_every_node_and_output_and_none_overlap(tmp_path):
    result = run("show", graph(tmp_path, MIX), "--svg", tmp_path / "mix.svg")
    assert result.exit_code == 0 and result.stdout == ""
    picture = ElementTree.parse(tmp_path / "mix.svg").getroot()
    boxes = [part for part in picture.iter("{http://www.w3.org/2000/svg}rect") if part.get("class")]
    assert len(boxes) == 9 + 2
    corners = [tuple(float(box.get(key)) for key in ("x", "y", "width", "height")) for box in boxes]
    for place, (x, y, w, h) in enumerate(corners):
        assert (
            x >= 0
            and y >= 0
            and x + w <= float(picture.get("width"))
            and y + h <= float(picture.get("height"))
        )
        for x2, y2, w2, h2 in corners[:place]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y


@given(st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), max_size=40))
def test_every_arrow_goes_right_one_column_at_a_time_and_nothing_overlaps(pairs):
    links = [(f"n{min(pair):02}", f"n{max(pair):02}") for pair in pairs if pair[0] != pair[1]]
    found = layout([f"n{n:02}" for n in range(15)], links)
    column = {key: place for place, keys in enumerate(found.columns) for key in keys}
    for link in links:
        way = [link[0], *found.bends[link], link[1]]
        assert [column[key] - column[link[0]] for key in way] == list(range(len(way)))
    for keys in found.columns:
        for a, b in pairwise(keys):
            room = sum(BEND if "\0" in key else BOX for key in (a, b)) / 2
            assert found.heights[b] - found.heights[a] >= room - 1e-6


def test_a_chain_is_drawn_as_a_straight_line():
    found = layout(list("abcd"), [("a", "b"), ("b", "c"), ("c", "d")])
    assert [list(column) for column in found.columns] == [["a"], ["b"], ["c"], ["d"]]
    assert set(found.heights.values()) == {0.0}


def test_a_wrong_graph_and_options_that_exclude_each_other_are_refused(tmp_path):
    assert run("show", graph(tmp_path, "nodes: {}\noutput: a")).exit_code == 2
    assert run("show", graph(tmp_path), "--json", "--mermaid").exit_code == 2


@pytest.mark.parametrize("frames", [None])
def test_an_endless_node_is_shown_as_such(tmp_path, frames):
    text = "nodes: {a: {use: tone}, b: {use: trim, in: a, end: 1 s}}\noutput: b"
    assert "endless" in cells(run("show", graph(tmp_path, text)).stdout, "a")


@pytest.mark.parametrize("name", ["mix.yaml", "in.wav", "more.py", "part.yaml", "sub/../in.wav"])
def test_a_picture_does_not_overwrite_what_the_graph_is_made_of(tmp_path, name):
    (tmp_path / "sub").mkdir()
    (tmp_path / "more.py").write_text('"""No nodes."""\n')
    soundfile.write(tmp_path / "in.wav", np.zeros(4410), 44_100)
    graph(tmp_path, "inputs: {in: }\nnodes: {g: {use: gain, in: in, level: 0 dB}}\noutput: g", "part.yaml")
    mix = graph(tmp_path, "nodes: {a: {use: source, file: in.wav}, b: {use: ./part.yaml, in: a}}\noutput: b")
    before = (tmp_path / name).read_bytes()
    result = run("show", mix, "--nodes", tmp_path / "more.py", "--svg", tmp_path / name)
    assert result.exit_code == 2 and not result.stdout
    assert f"{name} is read by this graph: write elsewhere" in result.stderr
    assert (tmp_path / name).read_bytes() == before
    done = run("show", mix, "--nodes", tmp_path / "more.py", "--svg", tmp_path / "mix.svg")
    assert done.exit_code == 0 and (tmp_path / "mix.svg").exists()
