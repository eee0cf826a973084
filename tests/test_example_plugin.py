"""The package in examples/plugin, installed into a fresh environment as its README says."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PLUGIN = ROOT / "examples" / "plugin"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Runs a module with the Python of an environment that has the package; nothing is downloaded."""
    folder = tmp_path_factory.mktemp("plugin")
    shutil.copytree(PLUGIN, folder / "plugin", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    links = folder / "venv" / "lib" / version / "site-packages" / "all_else.pth"
    links.write_text(f"{ROOT}\n{sysconfig.get_path('purelib')}\n")
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(*words: object) -> str:
        command = [python, "-m", *map(str, words)]
        result = subprocess.run(
            command, cwd=folder / "plugin", env=env, capture_output=True, text=True, timeout=120
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    run("pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", ".")
    shutil.rmtree(folder / "plugin" / "audiograph_lofi")  # what is found now is what was installed
    return run


def test_its_nodes_are_listed(run):
    listed = json.loads(run("audiograph", "nodes", "--json"))
    assert {"crush", "metronome", "tremolo"} <= set(listed)


def test_its_graph_renders_through_its_recipe(run):
    told = json.loads(run("audiograph", "render", "radio.yaml", "--json"))
    (file,) = told["files"]
    assert file["seconds"] == 4 and -12 < file["peak_dbfs"] < -0.5


def test_its_own_tests_pass(run):
    assert "6 passed" in run("pytest", "-q", "-p", "no:cacheprovider")
