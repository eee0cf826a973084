"""The examples in the documents work: graphs are planned, programs run, the node of CONTRIBUTING played."""

import re
from pathlib import Path

import numpy as np
import pytest
from command import run
from conftest import heard, noise
from pages import blocks

from audiograph import graph
from audiograph.engine.run import planned
from audiograph.graph.catalog import catalog
from audiograph.language import document

ROOT = Path(__file__).parents[2]
PAGES = sorted(path for path in ROOT.glob("*.md")) + sorted((ROOT / "docs").rglob("*.md"))


def test_the_graphs_of_the_readme_are_planned():
    text, opening = blocks("README.md", "yaml")
    plan = planned(graph.build(document.parse(text, "README.md"), catalog(), {}, ROOT / "graphs"))
    assert plan.streams["master", "out"].frames == 1_300_950
    assert planned(graph.build(document.parse(opening, "README.md"), catalog(), {}, ROOT / "graphs")).streams


def test_the_program_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    (program,) = blocks("README.md", "python")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "graphs").symlink_to(ROOT / "graphs")
    exec(compile(program, "README.md", "exec"), {})
    assert 0.1 < float(capsys.readouterr().out) < 1
    assert (tmp_path / "mix.wav").stat().st_size > 5_000_000


def test_the_commands_of_the_readme_exist():
    for words in re.findall(r"^\| `audiograph (\w+)", (ROOT / "README.md").read_text(), re.M):
        assert run(words, "--help").exit_code == 0


def test_the_mistakes_of_the_readme_are_reported_as_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mix.yaml").write_text(
        "nodes:\n  voice: {use: tone, length: 1 s}\n  speech: {use: compresor, in: voice}\n"
        "  music: {in: voice, chain: [{use: duck, key: voice, attack: 150 s}]}\n"
        "  master: {use: limiter, in: [musik, voice]}\noutput: master\n"
    )
    (shown,) = [text for text in blocks("README.md", "console") if "check mix.yaml" in text]
    reported = run("check", "mix.yaml").output
    assert [re.sub(r":\d+:", ":", line) for line in shown.splitlines()[1:]] == [
        re.sub(r":\d+:", ":", line) for line in reported.splitlines()
    ]


def test_every_node_is_in_the_readme():
    named = set(re.findall(r"`(\w+)`", (ROOT / "README.md").read_text().split("## Nodes")[1].split("##")[0]))
    assert set(catalog()) <= named


def test_the_node_of_contributing_can_be_played(plan, tmp_path):
    (source,) = blocks("CONTRIBUTING.md", "python")
    file = tmp_path / "tremolo.py"
    file.write_text(source)
    (tremolo,) = (kind for kind in catalog([file]).values() if kind.name == "tremolo")
    x = noise(2, 48_000)
    p = plan(
        "nodes:\n  a: {use: clip, name: a}\n  t: {use: tremolo, in: a, depth: 100 %}\noutput: t",
        more=(tremolo,),
        a=x,
    )
    gain = 0.5 - 0.5 * np.sin(2 * np.pi * 5 * np.arange(48_000) / 48_000)
    np.testing.assert_allclose(heard(p), x * gain, atol=1e-6)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        assert target.startswith("https://") or (page.parent / target).exists(), target


def test_the_messages_of_the_troubleshooting_page_are_those_of_the_program():
    source = "\n".join(path.read_text() for path in sorted((ROOT / "audiograph").rglob("*.py")))
    joined = re.sub(r'"\s*\n\s*f?"', "", source)  # a message may go over several lines
    page = (ROOT / "docs" / "troubleshooting.md").read_text()
    shown = [code for line in re.findall(r"^### (.*)", page, re.M) for code in re.findall(r"`([^`]+)`", line)]
    parts = [part.strip(" :") for message in shown for part in message.split("…")]
    assert len(shown) > 15
    assert [part for part in parts if part.strip("':") and part not in joined] == []
