"""Every block of docs/nodes.md is run as it is written."""

import shlex
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from command import ROOT, run
from pages import blocks

from audiograph import units
from audiograph.graph.catalog import catalog
from audiograph.testing import battery, played

PAGE = "docs/nodes.md"
FLIP, SATURATE, TESTED, DECLICK, SMOOTH, REVERSE = blocks(PAGE, "python")
NAMES = {"flip": FLIP, "saturate": SATURATE, "declick": DECLICK, "smooth": SMOOTH, "reverse": REVERSE}


@pytest.fixture(scope="module")
def types(tmp_path_factory):
    """The node types of the page, each from a file of its own."""
    folder = tmp_path_factory.mktemp("nodes")
    for name, source in NAMES.items():
        (folder / f"{name}.py").write_text(source)
    return catalog([folder / f"{name}.py" for name in NAMES])


@pytest.mark.parametrize("name", NAMES)
def test_a_node_of_the_page_keeps_every_promise(types, name):
    battery(types[name])()


def test_the_first_node_is_used_as_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("flip.py").write_text(FLIP)
    Path("flip.yaml").write_text(blocks(PAGE, "yaml")[0])
    (commands,) = blocks(PAGE, "sh")
    for line in commands.splitlines():
        assert run(*shlex.split(line)[1:]).exit_code == 0, line
    assert Path("flip.wav").exists()


def test_the_test_of_the_page_passes(tmp_path, monkeypatch):
    (tmp_path / "saturate.py").write_text(SATURATE)
    monkeypatch.syspath_prepend(tmp_path)
    names: dict[str, object] = {}
    exec(compile(TESTED, PAGE, "exec"), names)
    for name in [name for name in names if name.startswith("test_")]:
        names[name]()
    del sys.modules["saturate"]


def test_the_nodes_of_the_page_do_what_they_say(types):
    x = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 40_000)).astype(np.float32)
    assert np.array_equal(played(types["flip"], x), -x)
    assert np.array_equal(played(types["reverse"], x), x[:, ::-1])
    click = np.full((1, 1000), 0.25, np.float32)
    click[:, 500:502] = 1
    assert np.array_equal(played(types["declick"], click), np.full((1, 1000), 0.25, np.float32))
    assert 0.2 < np.std(played(types["smooth"], x)) / np.std(x) < 0.5


def test_the_parameters_of_the_table_exist():
    rows = (ROOT / PAGE).read_text().split("| | in a graph")[1].split("\n\n")[0].splitlines()[2:]
    shown = [code.split("(")[0] for row in rows for code in row.split("|")[1].split("`")[1::2]]
    offered = [name for name, kind in vars(units).items() if kind.__class__.__name__ == "function"]
    assert sorted(shown) == sorted(name for name in offered if not name.startswith("_"))


def test_the_entry_points_of_the_page_are_those_of_the_example():
    (text,) = blocks(PAGE, "toml")
    example = tomllib.loads((ROOT / "examples" / "plugin" / "pyproject.toml").read_text())
    for group, points in tomllib.loads(text)["project"]["entry-points"].items():
        assert points.items() <= example["project"]["entry-points"][group].items()
