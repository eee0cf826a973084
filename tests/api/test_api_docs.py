"""The examples in docs/python.md and in docstrings work, and docs/api.md has every field."""

import doctest
import importlib
import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from pages import blocks

ROOT = Path(__file__).parents[2]
MODULES = ["audiograph", "audiograph.api", "audiograph.language.mix", "audiograph.audiofile.in_memory"]


def test_the_programs_of_the_page_run_one_after_the_other(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "graphs").symlink_to(ROOT / "graphs")
    (tmp_path / "take.wav").symlink_to(ROOT / "tests" / "data" / "speech.flac")
    names: dict[str, object] = {}
    for program in blocks("docs/python.md", "python"):
        exec(compile(program, "python.md", "exec"), names)
    assert "level: ratio: 200 is outside" in capsys.readouterr().out
    assert {path.name for path in tmp_path.glob("mix.*")} == {"mix.mp3", "mix.wav", "mix.yaml"}
    assert names["mp3"][:2] == b"\xff\xfb" and set(names["stems"]) >= {"final", "stems/speech"}


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_the_docstrings_give_what_they_say(name):
    found = doctest.testmod(importlib.import_module(name))
    assert found.failed == 0 and (found.attempted > 0 or name != "audiograph.api")


@pytest.mark.parametrize(
    "name", ["load", "render", "stream", "Mix", "Heard", "Playback", "Report", "RenderError"]
)
def test_every_public_name_is_there_and_documented(name):
    package = importlib.import_module("audiograph")
    assert name in package.__all__ and getattr(package, name).__doc__


RESULTS = {
    "Report": "audiograph.rendering.files",
    "Written": "audiograph.rendering.files",
    "Heard": "audiograph.rendering.in_memory",
    "Playback": "audiograph.rendering.in_memory",
    "Stream": "audiograph.sound",
    "Levels": "audiograph.measuring",
    "Finding": "audiograph.rendering.expectations",
    "Problem": "audiograph.errors",
}


@pytest.mark.parametrize("name", RESULTS)
def test_every_field_of_a_result_is_on_its_page(name):
    kind = getattr(importlib.import_module(RESULTS[name]), name)
    of_tuple = [] if is_dataclass(kind) else kind._fields
    names = {field.name for field in fields(kind)} if is_dataclass(kind) else set(of_tuple)
    inherited = {"count", "index"} if of_tuple else set()
    names |= {member for member in dir(kind) if not member.startswith("_")} - inherited
    page = (ROOT / "docs" / "api.md").read_text()
    (section,) = re.findall(rf"^## {name}\n(.*?)(?=^## )", page, re.M | re.S)
    shown = {code.split("(")[0] for code in re.findall(r"^\| `([^`]+)`", section, re.M)}
    assert shown == names
