"""Values of the wrong kind in any section of a graph are problems with a line; long names are shortened."""

from pathlib import Path

import pytest
from command import graph, run

from audiograph.errors import Problem

NODES = "nodes:\n  a: {use: tone, length: 100 ms}\n"
WRONG = ("[wav]", "1", "true", "{}", "[]", "-1", "1.5", "null", "x", "{a: b}", "[[1]]", '""')
RIGHT = {  # key of an output -> those that it takes
    "format": {"null"}, "bits": {"null"}, "bitrate": {"null"}, "dither": {"null"}, "file": {"null"},
    "title": {"1", "-1", "1.5", "null", "x", '""'}, "date": {"1", "-1", "1.5", "null", "x", '""'},
}  # fmt: skip
SECTIONS = {
    "params": {"{}", "null", "{a: b}"},
    "expect": {"{}", "null"},
    "rate": {"null"},
    "about": set(WRONG),
}


def told(folder: Path, text: str) -> list[str]:
    """What `check` says of a wrong graph: lines that each name a line of a file; none if it is right."""
    result = run("check", graph(folder, text))
    if result.exit_code == 0:
        return []
    lines = result.stderr.splitlines()
    assert result.exit_code == 2 and lines and all(".yaml:" in line for line in lines), result.output
    return lines


@pytest.mark.parametrize("key", RIGHT)
def test_what_an_output_is_given_is_of_its_kind_or_has_the_line_of_its_key(tmp_path, key):
    for raw in WRONG:
        lines = told(tmp_path, f"{NODES}output:\n  from: a\n  {key}: {raw}\n")
        assert bool(lines) != (raw in RIGHT[key]), (raw, lines)
        assert all("mix.yaml:5: output: " in line or "mix.yaml:3: output" in line for line in lines), lines


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("format: [wav]", "5: output: format: ['wav'] is not text"),
        ("title: {}", "5: output: title: {} is not text"),
        ("title: true", "5: output: title: True is not text; in quotes it is"),
        ("file: ''", "5: output: file: '' is not the path of a file"),
    ],
)
def test_it_is_said_in_words(tmp_path, what, line):
    assert [
        each.partition("mix.yaml:")[2] for each in told(tmp_path, f"{NODES}output:\n  from: a\n  {what}\n")
    ] == [line]


@pytest.mark.parametrize("section", [*SECTIONS, "inputs", "outputs", "output", "nodes"])
def test_a_section_of_the_wrong_kind_is_a_problem_with_a_line(tmp_path, section):
    for raw in WRONG:
        output = "" if section.startswith("output") else "output: a\n"
        text = (f"{section}: {raw}\n" if section == "nodes" else f"{NODES}{section}: {raw}\n") + output
        assert bool(told(tmp_path, text)) != (raw in SECTIONS.get(section, ())), raw


@pytest.mark.parametrize("section", ["inputs", "params", "nodes", "output", "outputs"])
def test_so_is_one_in_a_recipe_with_the_line_there(tmp_path, section):
    for raw in WRONG:
        parts = {"inputs": "[in]", "nodes": "{g: {use: gain, in: in}}", "output": "g", section: raw}
        if section == "outputs":
            del parts["output"]
        graph(tmp_path, "".join(f"{key}: {part}\n" for key, part in parts.items()), "r.yaml")
        lines = told(tmp_path, f"{NODES}  b: {{use: ./r.yaml, in: a}}\noutput: b\n")
        assert bool(lines) != (section == "params" and raw in ("{}", "null")) or raw == "{a: b}", raw
        assert not any("''" in line and raw != '""' for line in lines), lines


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("inputs:\n- in\n- 3\n", "r.yaml:3, used at mix.yaml:3: b: inputs: 3 is not a name"),
        (
            "inputs: [in]\noutputs:\n  x: g\n  y: [g]\n",
            "r.yaml:4, used at mix.yaml:3: b: outputs/y: ['g'] is not",
        ),
    ],
)
def test_in_a_list_the_line_is_that_of_the_row(tmp_path, text, line):
    more = "" if "outputs" in text else "output: g\n"
    graph(tmp_path, text + more + "nodes: {g: {use: gain, in: in}}\n", "r.yaml")
    lines = told(tmp_path, f"{NODES}  b: {{use: ./r.yaml, in: a}}\noutput: b\n")
    assert any(line in each.replace(f"{tmp_path}/", "") for each in lines), lines


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("x" * 5000, f"{'x' * 40}...{'x' * 20}"),
        ("a/" * 3000, f"{'a/' * 100}...{'a/' * 50}"),
        ("a\nb\x1b[31m", "a\\nb\\x1b[31m"),
        ("y" * 80, "y" * 80),
    ],
)
def test_a_name_is_shown_on_one_line_and_shortened_if_it_is_long(name, shown):
    assert str(Problem("mix.yaml:1", name, "is wrong")) == f"mix.yaml:1: {shown}: is wrong"


@pytest.mark.parametrize("where", ["node", "feed", "use", "key", "value", "file"])
def test_no_message_is_longer_than_a_person_reads(tmp_path, where):
    long = {each: "z" * (190 if each in ("node", "key") else 5000) if each == where else "" for each in (
        "node", "feed", "use", "key", "value", "file"
    )}  # fmt: skip
    text = (
        f"nodes:\n  a{long['node']}: {{use: tone, length: 1 s}}\n"
        f"  b: {{use: gain{long['use']}, in: a{long['feed']}, "
        f"{long['key'] or 'level'}: {long['value'] or '0 dB'}}}\n"
        f"  c: {{use: source, file: {long['file'] or 'none'}.wav}}\noutput: b\n"
    )
    for line in told(tmp_path, text):
        assert len(line) < 400 + len(str(tmp_path)), line


def test_a_long_cycle_and_a_long_list_are_shortened(tmp_path):
    links = "".join(f"  n{k}: {{use: gain, in: n{(k + 1) % 50}}}\n" for k in range(50))
    (line,) = told(tmp_path, f"nodes:\n{links}output: n0\n")
    assert line.endswith("n0: cycle: n0 > n49 > n48 > n47 > (44 more) > n2 > n1 > n0")
    params = "".join(f"  p{k}: 1\n" for k in range(60))
    result = run("check", graph(tmp_path, f"params:\n{params}{NODES}output: a\n"), "--set", "xyz=1")
    assert result.exit_code == 2 and "p39 and 20 more" in result.stderr


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ("{at: 1 s}\n    - {at: nobody.end}", "5: b: 'nobody' is not a node"),
        ("{at: 1 s}\n    - at: max(a.end,\n        x.end)", "5: b: 'x' is not a node"),
        ("{at: 1 s}\n    - {at: 500 ms}", "5: b: has points out of order of time"),
        ("{at: 1 s}\n    - {at: c.end + 1 s}", "5: b: c.end never comes"),
        ("{at: 1 s}\n    - at: 2 s\n      level: loud", "6: b: points: row 2: level: 'loud' is not"),
        ("{at: 1 s}\n    - 3", "5: b: points: row 2: 3 is not a mapping"),
    ],
)
def test_what_is_wrong_in_a_list_has_the_line_of_its_row(tmp_path, rows, line):
    text = f"nodes:\n  b:\n    points:\n    - {rows}\n    use: envelope\n    in: a\n"
    (found,) = told(tmp_path, f"{text}  a: {{use: tone, length: 1 s}}\n  c: {{use: noise}}\noutput: b\n")
    assert found.partition("mix.yaml:")[2].startswith(line), found


@pytest.mark.parametrize("use", ["gain", "sum", "concat", "loop", "podcast_master"])
@pytest.mark.parametrize("nothing", ["[]", "{}"])
def test_an_input_that_names_no_node_is_said_once(tmp_path, use, nothing):
    (line,) = told(tmp_path, f"{NODES}  b: {{use: {use}, in: {nothing}}}\noutput: b\n")
    assert line.endswith("mix.yaml:3: b: in: names no node")


@pytest.mark.parametrize(
    ("node", "said"),
    [
        (
            "{use: duck, in: in, key: key}",
            "b/d: key: 'b/key' is an input of the recipe that nothing feeds here",
        ),
        (
            "{use: loop, in: in, until: key.end}",
            "b/d: 'b/key' is an input of the recipe that nothing feeds here",
        ),
        ("{use: gate, in: in, key: key}", ""),
        ("{use: sum, in: [in, key]}", ""),
    ],
)
def test_an_optional_input_that_is_left_out_feeds_nothing(tmp_path, node, said):
    graph(tmp_path, f"inputs: [in, key?]\nnodes:\n  d: {node}\noutput: d\n", "r.yaml")
    lines = told(tmp_path, f"{NODES}  b: {{use: ./r.yaml, in: a}}\noutput: b\n")
    assert [line.partition("mix.yaml:3: ")[2] for line in lines] == [said] * bool(said)


def test_a_graph_in_the_place_of_a_name_is_shortened(tmp_path):
    large = "{" + ", ".join(f"n{k}: {{use: tone, length: 1 s}}" for k in range(30)) + "}"
    for text in (
        f"nodes: {{a: {{use: {large}}}}}\noutput: a\n",
        f"params: {{a: {{type: {large}}}}}\n{NODES}output: a\n",
    ):
        assert all(len(line) < 400 for line in told(tmp_path, text))
