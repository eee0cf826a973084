"""`audiograph new`: what it writes works as it is."""

import json
import subprocess
import sys

import pytest
from command import environment, run


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pytest_here():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    return subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=120)


@pytest.mark.parametrize(("name", "more"), [("tremolo", ()), ("say_again", ("--timeline",))])
def test_a_new_node_passes_its_tests_in_an_empty_folder(name, more):
    assert run("new", "node", name, *more).stdout == f"wrote {name}.py\nwrote test_{name}.py\n"
    result = pytest_here()
    assert result.returncode == 0 and "passed" in result.stdout, result.stdout


def test_a_broken_new_node_fails_its_tests_with_the_broken_rule_named(empty_folder):
    run("new", "node", "tremolo")
    module = empty_folder / "tremolo.py"
    module.write_text(module.read_text().replace("s.clock[0] += x.shape[1]", "s.clock[0] += 1"))
    result = pytest_here()
    assert result.returncode == 1
    assert "tremolo breaks" in result.stdout and "blocks_change_no_bit: blocks of" in result.stdout


def test_a_new_node_is_listed_with_all_that_a_slider_needs_and_renders(empty_folder):
    run("new", "node", "tremolo")
    assert "Makes the level rise and fall periodically." in run("nodes", "--nodes", "tremolo.py").stdout
    described = json.loads(run("nodes", "tremolo", "--nodes", "tremolo.py", "--json").stdout)["tremolo"]
    assert described["reference"] and described["pace"] in ("effect", "timeline")
    rate = described["params"]["rate"]
    assert (rate["default"], rate["min"], rate["max"], rate["unit"]) == (5, 0.1, 20, "Hz") and rate["help"]
    graph = empty_folder / "mix.yaml"
    graph.write_text(
        "nodes:\n  a: {use: tone, length: 1 s}\n  b: {use: tremolo, in: a, depth: 100 %}\noutput: b\n"
    )
    result = run("render", graph, "--nodes", "tremolo.py")
    assert result.exit_code == 0 and (empty_folder / "mix.wav").stat().st_size > 44_100
    assert "'tremolo' is not a node type" in run("check", graph).stderr  # no Python there is run unasked


def test_a_new_graph_renders(empty_folder):
    run("new", "graph", "first-mix.yaml")
    assert (empty_folder / "first-mix.yaml").read_text().startswith("# yaml-language-server: $schema=")
    assert run("render", "first-mix.yaml", "--set", "level=-6 dB").exit_code == 0
    assert (empty_folder / "first-mix.wav").exists()


def test_a_new_recipe_can_be_used(empty_folder):
    run("new", "recipe", "house_voice")
    (empty_folder / "mix.yaml").write_text(
        "nodes:\n  a: {use: tone, length: 1 s}\n"
        "  b: {use: ./house_voice.yaml, in: a, low: 100 Hz}\noutput: b\n"
    )
    result = run("check", "mix.yaml")
    assert result.exit_code == 0 and "note" not in result.stderr, result.stderr


@pytest.mark.parametrize(
    ("words", "files"),
    [
        (("node", "tremolo"), ("test_tremolo.py",)),
        (("node", "tremolo"), ("tremolo.py", "test_tremolo.py")),
        (("graph", "mix"), ("mix.yaml",)),
        (("recipe", "mix"), ("mix.yaml",)),
    ],
)
def test_no_file_is_overwritten_and_then_none_is_written(empty_folder, words, files):
    for name in files:
        (empty_folder / name).write_text("mine")
    result = run("new", *words)
    assert result.exit_code == 2 and all(name in result.stderr for name in files)
    assert {path.name: path.read_text() for path in empty_folder.iterdir()} == dict.fromkeys(files, "mine")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("node", "my-effect"), "'my-effect' is not a valid name for a node"),
        (("node", "lambda"), "'lambda' is not a valid name for a node"),
        (("node", "gain"), "'gain' is a node type already"),
        (("node", "random"), "'random' is a Python module already"),
        (("node", "numpy"), "'numpy' is a Python module already"),
        (("graph", "../mix"), "'../mix' is not a valid name for a file"),
        (("recipe", "a b"), "'a b' is not a valid name for a file"),
    ],
)
def test_a_name_that_would_not_work_is_refused(empty_folder, words, said):
    result = run("new", *words)
    assert result.exit_code == 2 and said in result.stderr and not list(empty_folder.iterdir())
