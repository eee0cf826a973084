"""`audiograph nodes`: the catalog and the manual of each type."""

import json

import pytest
from command import process, run

from audiograph.graph.catalog import catalog, recipes


def test_every_node_type_is_listed_with_its_first_line_and_every_recipe():
    lines = run("nodes").stdout.splitlines()
    told = {line.split()[0]: line for line in lines if line}
    assert set(told) == {*catalog(), *recipes(), "node", "recipe"}
    assert all(kind.about.partition("\n")[0] in told[name] for name, kind in catalog().items())
    assert (
        told["duck"].endswith("in, key")
        and told["compressor"].endswith("in, key?")
        and told["sum"].endswith("in*")
    )


@pytest.mark.parametrize("name", sorted(catalog()))
def test_the_manual_of_a_node_lists_every_parameter(name):
    kind, text = catalog()[name], run("nodes", name).stdout
    told = {line.split()[0]: line for line in text.splitlines() if line.strip()}
    assert text.startswith(f"{name}  (") and kind.about in text
    for key, param in kind.params.items():
        assert param.help in told[key] and param.range() in told[key]
    assert ("Reference: " in text) == bool(kind.reference)


def test_the_manual_of_a_recipe_lists_its_inputs_and_parameters():
    text = run("nodes", "bed").stdout
    assert (
        text.startswith("bed  (recipe; in: in, key)")
        and "  key: The voice" in text
        and "-60 dB to 0 dB" in text
    )


def test_a_list_of_mappings_has_its_columns_below_it():
    text = run("nodes", "eq").stdout
    assert text.index("bands") < text.index("  shape") < text.index("  freq")


def test_what_must_be_given_says_required():
    assert "required" in next(
        line for line in run("nodes", "source").stdout.splitlines() if line.startswith("file ")
    )


def test_json_has_all_of_it():
    found = json.loads(run("nodes", "--json").stdout)
    assert set(found) == {*catalog(), *recipes()}
    assert found["duck"]["pace"] == "effect" and found["bed"]["pace"] == "recipe"
    depth = found["duck"]["params"]["depth"]
    assert depth == catalog()["duck"].params["depth"].describe() and depth["unit"] == "dB"
    assert found["duck"]["inputs"][1] == {"name": "key", "optional": False, "many": False, "help": ""}
    assert list(json.loads(run("nodes", "eq", "--json").stdout)) == ["eq"]


def test_an_unknown_type_gets_the_nearest_name():
    result = run("nodes", "compresor")
    assert result.exit_code == 2 and "'compresor' is not a node type; 'compressor'?" in result.stderr


def test_nodes_of_a_file_are_listed_too(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from audiograph.node import Effect, effect\n"
        "@effect\ndef mine(setup):\n    '''My own.'''\n    return Effect(lambda x, y, c, s: None)\n"
    )
    assert "My own." in run("nodes", "--nodes", tmp_path / "mine.py").stdout


def test_a_file_that_cannot_be_run_is_a_problem_in_one_line(tmp_path):
    (tmp_path / "broken.py").write_text("import nothing_of_this_name")
    result = run("nodes", "--nodes", tmp_path / "broken.py")
    assert (
        result.exit_code == 2 and result.stderr.count("\n") == 1 and "nothing_of_this_name" in result.stderr
    )


def test_text_that_is_piped_has_no_colour_and_is_not_wrapped():
    text = process("nodes").stdout
    assert "\x1b" not in text and len(text.splitlines()) == len(catalog()) + len(recipes()) + 3
