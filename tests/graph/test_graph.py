"""From a document to a graph: unfolding, values, names, and every problem at its line."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiograph import graph
from audiograph.errors import GraphError
from audiograph.graph import Graph
from audiograph.graph.catalog import catalog
from audiograph.language import document
from audiograph.language.moment import Moment
from graphs import built, problems


def one(text: str, **given: str) -> str:
    (only,) = problems(text, **given)
    return only


def feeds(g: Graph, name: str) -> dict[str, list[str]]:
    return {port: [f"{node}.{out}" for node, out in outs] for port, outs in g.nodes[name].feeds.items()}


def test_a_chain_unfolds_to_nodes_named_by_their_types():
    g = built("""
nodes:
  music:
    in: {use: tone}
    chain:
      - {use: gain, level: -6 dB}
      - {use: fade, fade_in: 1 s}
  out: {use: gain, in: music}
output: out
""")
    assert list(g.nodes) == ["music/in", "music/gain", "music/fade", "out"]
    assert feeds(g, "music/gain") == {"in": ["music/in.out"]}
    assert feeds(g, "out") == {"in": ["music/fade.out"]}


def test_links_of_one_type_are_named_by_their_place():
    g = built("nodes:\n  a: {chain: [{use: tone}, {use: gain}, {use: pan}, {use: gain}]}\noutput: a")
    assert list(g.nodes) == ["a/tone", "a/2", "a/pan", "a/4"]
    assert g.targets[0].out == ("a/4", "out")


def test_a_list_is_summed_and_a_mapping_says_the_gains():
    g = built("""
nodes:
  a: {use: tone}
  b: {use: tone}
  plain: {use: gain, in: [a, b]}
  mixed: {use: sum, in: {a: 0 dB, b: -6 dB}}
  both: {use: limiter, in: {plain: -3 dB, mixed: 0 dB}}
output: both
""")
    assert feeds(g, "plain") == {"in": ["plain/in.out"]}
    assert feeds(g, "plain/in") == {"in": ["a.out", "b.out"]}
    assert g.nodes["mixed"].values["gains"] == ({"gain": 0.0}, {"gain": -6.0})
    assert g.nodes["both/in"].values["gains"] == ({"gain": -3.0}, {"gain": 0.0})


def test_inline_nodes_and_lists_of_them_are_nodes_too():
    g = built("""
nodes:
  out: {use: sum, in: [{use: tone, freq: 100 Hz}, {use: gain, in: {use: tone}}]}
output: out
""")
    assert set(g.nodes) == {"out/in1", "out/in2", "out/in2/in", "out"}


def test_moments_that_name_a_chain_are_relative_to_its_last_node():
    g = built("""
nodes:
  a: {chain: [{use: tone, length: 2 s}, {use: gain}]}
  b: {use: place, in: a, at: a.end - 500 ms}
output: b
""")
    assert g.nodes["b"].values["at"] == Moment("a/gain", "end", -0.5)


def test_parameters_are_read_once_and_reach_expressions_with_their_units():
    text = """
params:
  bed: {type: gain, default: -10 dB, min: -40 dB, max: 0 dB}
  lead: {type: time, default: 2 s}
nodes:
  a: {use: tone, length: 5 s}
  b: {use: gain, in: a, level: "${bed - 3 dB}"}
  c: {use: place, in: b, at: "a.end + ${lead}"}
output: c
"""
    g = built(text)
    assert g.nodes["b"].values["level"] == -13
    assert g.nodes["c"].values["at"] == Moment("a", "end", 2.0)
    assert built(text, bed="-20 dB", lead="500 ms").nodes["c"].values["at"].offset == 0.5
    assert one(text, bed="3 dB") == "--set: bed: 3 dB is outside -40 dB to 0 dB"


def test_relative_files_lie_beside_the_graph():
    text = """
params: {v: {type: file, default: v.wav}}
nodes:
  a: {use: source, file: $v}
  b: {use: source, file: b.wav}
  c: {use: sum, in: [a, b]}
output: c
"""
    g = built(text)
    assert [g.nodes[name].values["file"] for name in "ab"] == [Path("/songs/v.wav"), Path("/songs/b.wav")]
    assert built(text, v="v.wav").nodes["a"].values["file"] == Path.cwd() / "v.wav"
    assert built(text, b__file="/x.wav").nodes["b"].values["file"] == Path("/x.wav")


def test_settings_reach_nodes_inside_a_chain():
    text = "nodes:\n  m: {chain: [{use: tone}, {use: gain, level: -6 dB}]}\noutput: m"
    assert built(text, m_in_gain__level="-9dB").nodes["m/gain"].values["level"] == -9
    assert one(text, m_in_gain__levle="-9dB") == "--set: m/gain.levle: gain has no 'levle'; 'level'?"
    assert one(text, m_in_gian__level="0") == "--set: m/gian.level: 'm/gian' is not a node; 'm/gain'?"
    assert one(text, bde="0") == "--set: bde: 'bde' is not a parameter of this graph; it has none"


def test_everything_wrong_is_said_at_once_each_at_its_line():
    assert problems("""abuot: typo
params:
  bed: {type: gian}
nodes:
  a: {use: tone, freq: 900 kHz}
  b:
    use: compresor
    in: a
  c:
    use: compressor
    in: aa
    attack: 5
    treshold: -20 dB
  d: {use: gain, level: 3 Hz}
  e: {use: eq, in: a, bands: [{shape: peak, freq: 1 kHz},
      {shape: peek, freq: 1 kHz}]}
output: f
""") == [
        "mix.yaml:1: 'abuot' is not one of about, rate, inputs, params, nodes, output, outputs, expect; "
        "'about'?",
        "mix.yaml:3: params/bed: type: 'gian' is not one of gain, level, time, frequency, number, loudness, "
        "whole, flag, choice, text, file, moment; 'gain'?",
        "mix.yaml:5: a: freq: 900 kHz is outside 0.1 Hz to 90 kHz; 900 Hz?",
        "mix.yaml:7: b: 'compresor' is not a node type; 'compressor'?",
        "mix.yaml:11: c: 'aa' is not a node; 'a'?",
        "mix.yaml:12: c: attack: 5 s is outside 0 s to 1 s; 5 ms?",
        "mix.yaml:13: c: compressor has no 'treshold'; 'threshold'?",
        "mix.yaml:14: d: level: '3 Hz' is not a level in dB",
        "mix.yaml:14: d: nothing feeds it: say in: NODE",
        "mix.yaml:16: e: bands: row 2: shape: 'peek' is not one of peak, lowshelf, highshelf, lowpass, "
        "highpass, bandpass, notch, allpass; 'peak'?",
        "mix.yaml:17: output: 'f' is not a node",
    ]  # fmt: skip


def test_a_cycle_of_nodes_is_named_in_order():
    text = "nodes:\n  a: {use: gain, in: c}\n  b: {use: gain, in: a}\n  c: {use: gain, in: b}\noutput: c"
    assert one(text) == "mix.yaml:2: a: cycle: a > b > c > a"


def test_a_cycle_of_moments_is_named():
    text = """
nodes:
  t: {use: tone, length: 1 s}
  a: {use: loop, in: t, until: b.end}
  b: {use: loop, in: t, until: a.end + 1 s}
output: a
"""
    assert one(text) == "mix.yaml:4: a: cycle: a > b > a"


def test_a_cycle_through_one_of_several_moments_is_named():
    text = """
nodes:
  t: {use: tone, length: 1 s}
  a: {use: place, in: t, at: max(t.end, b.end)}
  b: {use: place, in: t, at: min(2 s, max(t.end, a.end)) + 1 s}
output: a
"""
    assert one(text) == "mix.yaml:4: a: cycle: a > b > a"


@pytest.mark.parametrize(
    ("moment", "says"),
    [
        ("max(t.end, speach.end)", "'speach' is not a node; 'speech'?"),
        ("max(t.end, speech.stat)", "at: 'speech.stat': 'stat' is neither start nor end; 'start'?"),
        ("'mux(t.end, speech.end)'", "there is no 'mux' of moments, only max and min; 'max'?"),
        ("'max(t.end, ${pause - 1 dB})'", "500 ms and 1 dB do not go together"),
    ],
)
def test_what_is_wrong_with_one_of_several_moments_is_said_at_its_line(moment, says):
    text = f"""
params: {{pause: 500 ms}}
nodes:
  t: {{use: tone, length: 1 s}}
  speech: {{use: tone, length: 2 s}}
  a: {{use: place, in: t, at: {moment}}}
output: a
"""
    found = one(text)
    assert found.startswith("mix.yaml:6: a: ") and found.endswith(says), found


def test_a_missing_parameter_says_what_it_is_for():
    found = one("nodes:\n  a: {use: source}\noutput: a")
    assert found.startswith("mix.yaml:2: a: needs file: ")


def test_a_parameter_without_default_says_how_to_give_it():
    text = "params:\n  v: {type: file}\nnodes:\n  a: {use: source, file: $v}\noutput: a"
    assert one(text) == "mix.yaml:2: params/v: has no default: give it with --set v=..."


def test_nodes_that_no_output_uses_are_listed():
    g = built("nodes:\n  a: {use: tone}\n  b: {use: tone}\n  c: {use: gain, in: b}\noutput: a")
    assert g.unused == ("b", "c")


@pytest.mark.parametrize("text, said", [
    ("nodes: {a: {use: tone}}", "names no output: add `output: NODE`"),
    ("nodes: {a: {use: tone}}\noutput: a\noutputs: {b: a}", "give either output or outputs"),
    ("output: a", "has no nodes"),
    ("nodes: [a]\noutput: a", "nodes: is not a mapping of names"),
    ("nodes: {a: 5}\noutput: a", "is not a mapping such as"),
    ("nodes: {a: {chain: []}}\noutput: a", "chain: is not a list of nodes"),
    ("nodes: {a: {chain: [{use: gain}]}}\noutput: a", "nothing feeds it"),
    ("nodes: {a: {chain: [{use: tone}, {use: tone}]}}\noutput: a", "it can only begin a chain"),
    ("nodes: {a: {chain: [{use: tone}, {use: gain, in: a}]}}\noutput: a", "is fed by the chain"),
    ("nodes: {a: {use: tone}}\noutputs: {../b: a}", "may not lead out of the folder"),
    ("nodes: {a: {use: tone}}\noutput: {from: a, bist: 24}", "'bist' is not one of"),
    ("nodes: {a: {use: tone}}\noutput: a.left", "has no output 'left'; it has out"),
    ("rate: 2 Hz\nnodes: {a: {use: tone}}\noutput: a", "rate: 2 Hz is outside 4 kHz to 768 kHz"),
])  # fmt: skip
def test_each_mistake_has_its_message(text, said):
    assert any(said in problem for problem in problems(text))


words = st.sampled_from(
    [
        "use",
        "in",
        "gain",
        "tone",
        "sum",
        "chain",
        "a",
        "b",
        "a.end",
        "$x",
        "${x - 1 dB}",
        "-6 dB",
        "level",
        "5 ms",
    ]
)
values = st.recursive(
    words | st.integers() | st.floats(allow_nan=False) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=120, deadline=None)
@given(st.dictionaries(st.sampled_from(["about", "params", "nodes", "output", "outputs", "rate"]), values))
def test_any_document_gives_a_graph_or_a_list_of_problems(top):
    import yaml

    try:
        graph.build(document.parse(yaml.safe_dump(top), "any.yaml"), catalog())
    except GraphError as error:
        assert all(problem.what for problem in error.problems)


def test_a_setting_for_a_chain_or_a_numbered_link_says_what_there_is():
    text = "nodes:\n  m: {chain: [{use: tone}, {use: gain}, {use: pan}, {use: gain}]}\noutput: m"
    assert one(text, m__level="0") == "--set: m.level: 'm' is a chain; it has m/tone, m/2, m/pan, m/4"
    assert one(text, m_in_gain__level="0") == (
        "--set: m/gain.level: 'm/gain' is not a node; of this type are m/2 and m/4"
    )


def test_a_chain_may_be_a_link_of_a_chain():
    g = built("""
nodes:
  a:
    chain:
      - {use: tone}
      - chain: [{use: gain}, {use: pan}]
      - {use: limiter}
output: a
""")
    assert list(g.nodes) == ["a/tone", "a/2/gain", "a/2/pan", "a/limiter"]
    assert feeds(g, "a/2/gain") == {"in": ["a/tone.out"]} and feeds(g, "a/limiter") == {"in": ["a/2/pan.out"]}


def test_missing_files_are_reported_with_everything_else():
    found = problems(
        "nodes:\n  a: {use: source, file: nix.wav}\n  b: {use: gain, in: a, level: 5 s}\noutput: b"
    )
    assert found == [
        "mix.yaml:2: a: file: /songs/nix.wav does not exist",
        "mix.yaml:3: b: level: '5 s' is not a level in dB",
    ]


def test_text_after_a_comma_that_becomes_a_key_is_explained():
    text = "nodes:\n  v: {use: tone}\n  m: {use: tone}\n  s: {use: sum, in: v, m}\noutput: s"
    assert one(text).startswith("mix.yaml:4: s: 'm' has no value: text with a comma needs quotes")


def test_a_percentage_is_guessed_only_where_one_is_meant():
    text = "nodes:\n  a: {use: tone}\n  b: {use: %s}\noutput: b"
    assert one(text % "pan, in: a, position: 3").endswith("position: 3 is outside -1 to 1")
    assert one(text % "compressor, in: a, mix: 80").endswith("mix: 80 is outside 0 to 1; 80 %?")
