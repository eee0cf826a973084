"""Recipes: a graph file with inputs is a node type."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from conftest import clip_type, heard, noise

from audiograph import graph
from audiograph.engine.run import planned
from audiograph.errors import GraphError, Setting
from audiograph.graph import Graph
from audiograph.graph.catalog import catalog, recipes
from audiograph.language import document

A, B = noise(1, 48_000), noise(2, 30_000, seed=1)
TYPES = {**catalog(), "clip": clip_type({"a": A, "b": B})}


def built(folder: Path, text: str, settings: dict[str, str] | None = None, **files: str) -> Graph:
    """The graph of `text`, with recipe files beside it."""
    for name, content in files.items():
        (folder / f"{name}.yaml").write_text(content)
    return graph.build(document.parse(text, "mix.yaml"), TYPES, settings, folder)


def problems(folder: Path, text: str, **files: str) -> list[str]:
    with pytest.raises(GraphError) as caught:
        built(folder, text, **files)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


HALF = """
inputs: [in]
params:
  level: {type: gain, default: -6 dB, min: -20 dB, max: 0 dB}
nodes:
  soft: {use: gain, in: in, level: $level}
output: soft
"""


def test_a_recipe_dissolves_into_nodes_named_after_it(tmp_path):
    g = built(
        tmp_path, "nodes:\n  a: {use: clip, name: a}\n  b: {use: ./half.yaml, in: a}\noutput: b", half=HALF
    )
    assert list(g.nodes) == ["a", "b/soft"]
    assert g.targets[0].out == ("b/soft", "out")
    np.testing.assert_allclose(heard(planned(g, rate=48_000)), A * 10 ** (-6 / 20), rtol=1e-6)


def test_parameters_are_passed_in_and_may_be_set_from_outside(tmp_path):
    text = "nodes:\n  a: {use: clip, name: a}\n  b: {use: half.yaml, in: a, level: -9 dB}\noutput: b"
    assert built(tmp_path, text, half=HALF).nodes["b/soft"].values["level"] == -9
    assert built(tmp_path, text, {"b.level": "-12 dB"}, half=HALF).nodes["b/soft"].values["level"] == -12
    assert built(tmp_path, text, {"b/soft.level": "-1 dB"}, half=HALF).nodes["b/soft"].values["level"] == -1


def test_a_list_into_a_recipe_is_summed_once(tmp_path):
    text = """
nodes:
  a: {use: clip, name: a}
  b: {use: clip, name: b}
  c: {use: half.yaml, in: {a: 0 dB, b: -6 dB}}
output: c
"""
    g = built(tmp_path, text, half=HALF)
    assert g.nodes["c/in"].type.name == "sum"
    assert g.nodes["c/soft"].feeds["in"] == (("c/in", "out"),)


def test_a_recipe_is_a_link_of_a_chain(tmp_path):
    text = "nodes:\n  m: {chain: [{use: clip, name: a}, {use: half.yaml}, {use: pan}]}\noutput: m"
    g = built(tmp_path, text, half=HALF)
    assert list(g.nodes) == ["m/clip", "m/2/soft", "m/pan"]


def test_moments_refer_to_the_file_they_are_written_in(tmp_path):
    again = """
inputs: [in]
params: {until: {type: moment}}
nodes:
  voice: {use: loop, in: in, until: $until}
output: voice
"""
    text = """
nodes:
  voice: {use: clip, name: a}
  m: {use: clip, name: b}
  bed: {use: again.yaml, in: m, until: voice.end + 1 s}
output: bed
"""
    plan = planned(built(tmp_path, text, again=again), rate=48_000)
    assert plan.streams["bed/voice", "out"].frames == 48_000 + 48_000


def test_moments_of_an_input_are_those_of_what_feeds_it(tmp_path):
    under = "inputs: [in, key]\nnodes:\n  l: {use: loop, in: in, until: key.end + 0.5 s - 100 ms}\noutput: l"
    text = """
nodes:
  v: {use: clip, name: a}
  m: {use: clip, name: b}
  bed: {use: under.yaml, in: m, key: v}
output: bed
"""
    plan = planned(built(tmp_path, text, under=under), rate=48_000)
    assert plan.streams["bed/l", "out"].frames == 48_000 + 19_200


def test_not_before_the_line_before_it_has_ended(tmp_path):
    """Moments of several nodes: in every place that takes one, by way of parameters, recipes and settings."""
    late = """
inputs: [in, key]
params: {gap: {type: time, default: 250 ms}, least: {type: moment, default: 0 s}}
nodes:
  own: {use: clip, name: a}
  l: {use: place, in: in, at: "max(key.end + ${gap}, $least, own.start)"}
output: l
"""
    text = """
params: {from: {type: moment, default: "min(v.end, 10 s)"}}
nodes:
  v: {use: clip, name: a}
  m: {use: clip, name: b}
  n: {use: noise}
  two: {use: late.yaml, in: m, key: v, least: "max(v.end, 1.5 s) - 100 ms"}
  three: {use: late.yaml, in: m, key: two, gap: -1 s, least: max($from + 1.5 s, two.start)}
  looped: {use: loop, in: m, until: max(v.end, three.end, min(n.end, 2 s)) + 0.5 s}
  cut: {use: trim, in: looped, start: min(v.end, 0.5 s), end: min(max(v.end, 20 s), n.end, 2 s)}
  drawn:
    use: envelope
    in: looped
    points: [{at: min(v.end, two.start), level: 0}, {at: max($from, 2 s), level: -6}]
  all: {use: sum, in: [two, three, cut, drawn], until: "max(two.end, drawn.end)"}
output: all
"""
    plan = planned(built(tmp_path, text, late=late), rate=48_000)
    ends = {name: plan.streams[name, "out"].frames for name in ("two/l", "three/l", "looped", "cut", "all")}
    starts = [plan.streams[name, "out"].start for name in ("two/l", "three/l")]
    assert starts == [67_200, 120_000]  # 1.4 s; 2.5 s
    assert ends == {"two/l": 97_200, "three/l": 150_000, "looped": 174_000, "cut": 72_000, "all": 174_000}
    assert [row["at"] for row in plan.resolved("drawn")["points"]] == [1.0, 2.0]
    later = planned(
        built(tmp_path, text, {"from": "max(v.end, 3 s)", "cut.end": "max(v.end, 1 s)"}, late=late),
        rate=48_000,
    )
    assert later.streams["three/l", "out"].start == 216_000
    assert later.streams["cut", "out"].frames == 24_000


def test_the_later_of_what_never_ends_never_comes(tmp_path):
    text = """
nodes:
  a: {use: clip, name: a}
  n: {use: noise}
  p: {use: place, in: a, at: PICK(a.end, n.end) + 1 s}
output: p
"""
    plan = planned(built(tmp_path, text.replace("PICK", "min")), rate=48_000)
    assert plan.streams["p", "out"].start == 96_000
    with pytest.raises(GraphError, match=r"p: n\.end never comes: give n a length"):
        planned(built(tmp_path, text.replace("PICK", "max")), rate=48_000)


def test_an_optional_input_left_out_is_left_out_in_the_recipe_too(tmp_path):
    keyed = "inputs: [in, key?]\nnodes:\n  c: {use: compressor, in: in, key: key}\noutput: c"
    g = built(
        tmp_path, "nodes:\n  a: {use: clip, name: a}\n  b: {use: keyed.yaml, in: a}\noutput: b", keyed=keyed
    )
    assert g.nodes["b/c"].feeds["key"] == ()


def test_a_node_written_in_place_may_feed_a_recipe(tmp_path):
    text = "nodes:\n  b: {use: half.yaml, in: {use: clip, name: a}}\noutput: b"
    g = built(tmp_path, text, half=HALF)
    assert g.nodes["b/soft"].feeds["in"] == (("b/in", "out"),)


def test_a_time_below_zero_may_be_added_to_a_moment(tmp_path):
    text = """
params: {pause: {type: time}}
nodes:
  a: {use: clip, name: a}
  b: {use: place, in: a, at: "a.end + ${pause}"}
  c: {use: place, in: a, at: "a.end - ${pause}"}
  d: {use: sum, in: [b, c]}
output: d
"""
    plan = planned(built(tmp_path, text, {"pause": "-250 ms"}), rate=48_000)
    assert (plan.streams["b", "out"].start, plan.streams["c", "out"].start) == (36_000, 60_000)


def test_a_recipe_may_have_several_outputs(tmp_path):
    duo = """
inputs: [in]
nodes:
  l: {use: gain, in: in}
  r: {use: pan, in: in}
outputs: {left: l, right: r}
"""
    text = """
nodes:
  a: {use: clip, name: a}
  d: {use: duo.yaml, in: a}
  s: {use: sum, in: [d.left, d.right, d]}
output: s
"""
    g = built(tmp_path, text, duo=duo)
    assert g.nodes["s"].feeds["in"] == (("d/l", "out"), ("d/r", "out"), ("d/l", "out"))
    (said,) = problems(tmp_path, text.replace("d.right", "d.rihgt"), duo=duo)
    assert said == "mix.yaml:5: s: 'd' has no output 'rihgt'; 'right'?"


def test_files_named_in_a_recipe_are_beside_it(tmp_path):
    (tmp_path / "house").mkdir()
    (tmp_path / "house" / "jingle.yaml").write_text("nodes:\n  j: {use: source, file: j.wav}\noutput: j")
    g = built(tmp_path, "nodes:\n  j: {use: house/jingle.yaml}\noutput: j")
    assert g.nodes["j/j"].values["file"] == tmp_path / "house" / "j.wav"


def test_a_value_wrong_three_levels_down_names_all_three_places_in_one_line(tmp_path):
    inner = """
inputs: [in]
params:
  amount: {type: gain, default: 0 dB, max: 6 dB}
nodes:
  g: {use: gain, in: in, level: $amount}
output: g
"""
    outer = """
inputs: [in]
params:
  push: {type: gain, default: 0 dB}
nodes:
  i: {use: inner.yaml, in: in, amount: $push}
output: i
"""
    text = (
        "nodes:\n  a: {use: clip, name: a}\n  b:\n    use: outer.yaml\n    in: a\n    push: 9 dB\noutput: b"
    )
    (said,) = problems(tmp_path, text, inner=inner, outer=outer)
    assert said == ("outer.yaml:6, used at mix.yaml:4: b/i: amount: 9 dB is above 6 dB (inner.yaml:4)")


def test_a_wrong_value_for_a_recipe_is_reported_where_it_was_written(tmp_path):
    text = "nodes:\n  a: {use: clip, name: a}\n  b: {use: half.yaml, in: a, level: 3 dB}\noutput: b"
    assert problems(tmp_path, text, half=HALF) == [
        "mix.yaml:3: b: level: 3 dB is outside -20 dB to 0 dB (half.yaml:4)"
    ]


def test_a_cycle_of_recipes_is_named(tmp_path):
    one = "inputs: [in]\nnodes:\n  x: {use: two.yaml, in: in}\noutput: x"
    two = "inputs: [in]\nnodes:\n  y: {use: one.yaml, in: in}\noutput: y"
    text = "nodes:\n  a: {use: clip, name: a}\n  b: {use: one.yaml, in: a}\noutput: b"
    found = problems(tmp_path, text, one=one, two=two)
    assert "a recipe uses itself: one.yaml > two.yaml > one.yaml" in found[0]


@pytest.mark.parametrize("recipe, text, said", [
    ("inputs: [in]\nnodes: {g: {use: gian, in: in}}\noutput: g", "in: a", "'gian' is not a node type; "),
    (HALF, "in: a, lvl: 3", "r has no 'lvl'; 'level'?"),
    (HALF, "level: -3 dB", "nothing feeds it: say in: NODE"),
    ("inputs: 5\nnodes: {g: {use: tone}}\noutput: g", "", "inputs: is not a list of names"),
    ("inputs: [in]\nnodes: {in: {use: tone}}\noutput: in", "in: a", "is both an input of the recipe"),
    ("nodes: {g: {use: tone}}", "", "a recipe names one output, or several in outputs"),
])  # fmt: skip
def test_each_mistake_with_a_recipe_has_its_message(tmp_path, recipe, text, said):
    found = problems(
        tmp_path, f"nodes:\n  a: {{use: clip, name: a}}\n  b: {{use: r.yaml, {text}}}\noutput: b", r=recipe
    )
    assert any(said in one for one in found), found


def test_a_recipe_alone_cannot_be_rendered(tmp_path):
    (said,) = problems(tmp_path, HALF)
    assert said == "mix.yaml:2: has inputs: it is a recipe, to be used in a graph"


def test_recipes_that_multiply_without_end_are_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr("audiograph.graph.unfold.MOST_NODES", 2000)
    files = {
        f"r{k}": "nodes: {" + ", ".join(f"n{i}: {{use: r{k + 1}.yaml}}" for i in range(9)) + "}\noutput: n0"
        for k in range(8)
    }
    files["r8"] = "nodes: {t: {use: tone}}\noutput: t"
    (said,) = problems(tmp_path, "nodes: {a: {use: r0.yaml}}\noutput: a", **files)
    assert "more than a graph may have" in said


@pytest.mark.parametrize("name", recipes())
def test_every_recipe_that_is_shipped_says_what_it_is_for(name):
    found = document.load(recipes()[name])
    assert len(found["about"]) > 40
    for key, param in found.get("params", {}).items():
        assert param.get("about"), f"{name}.{key}"


def test_a_setting_that_a_recipe_does_not_have_says_what_it_has(tmp_path):
    text = "nodes:\n  a: {use: clip, name: a}\n  b: {use: half.yaml, in: a}\noutput: b"
    with pytest.raises(GraphError, match=r"^b\.lvel: half has no parameter 'lvel'; 'level'\?$") as caught:
        built(tmp_path, text, {"b.lvel": "0"}, half=HALF)
    (problem,) = pickle.loads(pickle.dumps(caught.value)).problems
    assert isinstance(problem.where, Setting) and problem.where == "b.lvel"
    assert problem.text("--set").startswith("--set: b.lvel: half has")


def test_a_parameter_of_a_recipe_without_default_says_which_setting_gives_it(tmp_path):
    recipe = HALF.replace(", default: -6 dB", "")
    text = "nodes:\n  a: {use: clip, name: a}\n  b: {use: half.yaml, in: a}\noutput: b"
    with pytest.raises(GraphError) as caught:
        built(tmp_path, text, half=recipe)
    (problem,) = caught.value.problems
    assert str(problem).endswith(
        "half.yaml:4, used at mix.yaml:3: b.level: has no default: give it with b.level=..."
    )
    assert problem.text("--set").endswith("give it with --set b.level=...")
    assert built(tmp_path, text, {"b.level": "-3 dB"}, half=recipe).nodes["b/soft"].values == {"level": -3.0}


def test_a_recipe_that_feeds_itself_is_a_cycle(tmp_path):
    text = "nodes:\n  b: {use: through.yaml, in: c}\n  c: {use: through.yaml, in: b}\noutput: b"
    found = problems(tmp_path, text, through="inputs: [in]\nnodes: {}\noutput: in")
    assert "cycle: b > c/in > c > b/in > b" in found[0]


def test_a_recipe_that_is_misspelt_gets_the_nearest_word(tmp_path):
    (said,) = problems(
        tmp_path, "nodes:\n  a: {use: clip, name: a}\n  b: {use: voice_claen, in: a}\noutput: b"
    )
    assert said == "mix.yaml:3: b: 'voice_claen' is not a node type; 'voice_clean'?"
