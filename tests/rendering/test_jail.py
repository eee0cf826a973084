"""A jail: whatever a graph says, no file outside it is read or written, by any door."""

import os
import shutil
from pathlib import Path

import pytest
from command import run

import audiograph
from audiograph.errors import AudiographError, GraphError
from audiograph.rendering import credits, receipt
from audiograph.rendering.files import render as write_files
from audiograph.rendering.loading import load
from audiograph.rendering.outputs import output_files

BEEP = "nodes:\n  t: {use: tone, length: 100 ms}\noutput: t\n"
PLAY = "nodes:\n  t: {{use: source, file: {}}}\noutput: t\n"
BED = "inputs: [in]\nparams:\n  of: {{type: {}, default: {}}}\nnodes:\n  x: {{use: source, file: $of}}\n"
BED += "  y: {{use: sum, in: [x, in]}}\noutput: y\n"
USE = "nodes:\n  t: {{use: tone, length: 100 ms}}\n  r: {{use: {}, in: t{}}}\noutput: r\n"

ECHO = '''
from audiograph import Setup, Stream, timeline

@timeline
def jailed_echo(setup: Setup) -> Stream:
    """Gives what it hears."""
    return setup.inputs[0]
'''


@pytest.fixture
def jail(tmp_path, monkeypatch) -> Path:
    """A jail with a sound, a recipe and links; a sound and a recipe lie outside. It is the current folder."""
    jail = tmp_path / "jail"
    (jail / "sub").mkdir(parents=True)
    sound = audiograph.render(BEEP, bytes)
    for path in (tmp_path / "secret.wav", jail / "in.wav", jail / "sub" / "deep.wav"):
        path.write_bytes(sound)
    for folder in (tmp_path, jail):
        (folder / "bed.yaml").write_text(BED.format("file", "in.wav" if folder == jail else "secret.wav"))
    (jail / "out.yaml").write_text(BED.format("file", "../secret.wav"))
    (jail / "text.yaml").write_text(BED.format("text", "in.wav"))
    (jail / "link.wav").symlink_to(tmp_path / "secret.wav")
    (jail / "link.yaml").symlink_to("../bed.yaml")
    (jail / "within.wav").symlink_to("sub/deep.wav")
    (jail / "up").symlink_to(tmp_path)
    (jail / "round.wav").symlink_to("round.wav")
    monkeypatch.chdir(jail)
    return jail


def refused(jail: Path, text: str, *args: object, **given: object) -> str:
    """The message with which a graph is refused; nothing outside the jail has changed."""
    before = {path: path.read_bytes() for path in jail.parent.iterdir() if path.is_file()}
    with pytest.raises(GraphError) as caught:
        audiograph.render(text, *args, jail=jail, **given)
    assert before == {path: path.read_bytes() for path in jail.parent.iterdir() if path.is_file()}
    return str(caught.value)


OUTSIDE = [
    "../secret.wav", "link.wav", "up/secret.wav", "sub/../../secret.wav", "./up/jail/../secret.wav",
    "{tmp}/secret.wav", "{tmp}/jail/sub/../../secret.wav", "/proc/self/root{tmp}/secret.wav",
]  # fmt: skip


@pytest.mark.parametrize(
    "name", [*OUTSIDE, "../nothing.wav", "/nothing/at/all.wav", "/dev/zero", "/etc/passwd"]
)
def test_a_source_outside_is_refused_whether_it_exists_or_not(jail, name):
    name = name.format(tmp=jail.parent)
    said = refused(jail, PLAY.format(name), bytes)
    assert said.startswith("mix:2: t: file: ") and said.endswith("is outside the jail")


@pytest.mark.parametrize("name", OUTSIDE)
def test_so_it_is_wherever_its_name_comes_from(jail, name):
    name = name.format(tmp=jail.parent)
    param = f"params:\n  f: {{type: file, default: {name}}}\n{PLAY.format('$f')}"
    assert refused(jail, param, bytes).startswith("mix:2: params/f: ")
    said = refused(jail, param.replace(name, "in.wav"), bytes, f=name)
    assert said.startswith("f: '") and said.endswith(" is outside the jail")
    assert "is outside" in refused(jail, PLAY.format("in.wav"), bytes, {"t.file": Path(name)})
    for recipe, line in (("bed.yaml", "mix:3"), ("text.yaml", "text.yaml:5, used at mix:3")):
        said = refused(jail, USE.format(recipe, f", of: {name}"), bytes)
        assert line in said and " is outside the jail" in said


@pytest.mark.parametrize("name", ["../bed.yaml", "link.yaml", "up/bed.yaml", "{tmp}/bed.yaml", "../no.yaml"])
def test_a_recipe_outside_is_not_opened(jail, name):
    name = name.format(tmp=jail.parent)
    (jail.parent / "bed.yaml").write_text("secret: [")
    said = refused(jail, USE.format(name, ""), bytes)
    assert said.startswith("mix:3: r: use: '") and said.endswith(" is outside the jail")


def test_a_recipe_within_may_not_lead_out(jail):
    assert "out.yaml:3" in refused(jail, USE.format("out.yaml", ""), bytes)
    (jail / "nested.yaml").write_text("inputs: [in]\nnodes: {a: {use: ../bed.yaml, in: in}}\noutput: a")
    assert "nested.yaml:2, used at mix:3" in refused(jail, USE.format("nested.yaml", ""), bytes)


def test_the_graph_itself_lies_within(jail):
    (jail.parent / "mix.yaml").write_text(BEEP)
    for path in (jail.parent / "mix.yaml", Path("../mix.yaml"), jail / "up" / "mix.yaml"):
        with pytest.raises(GraphError, match="is outside the jail"):
            audiograph.load(path, jail=jail)


@pytest.mark.parametrize("file", ["../x.wav", "up/x.wav", "{tmp}/x.wav", "up/secret.wav", "link.wav"])
def test_nothing_is_written_outside(jail, file):
    path = file.format(tmp=jail.parent)
    assert "is outside the jail" in refused(jail, BEEP, path)
    named = BEEP.replace("output: t", f"outputs: {{a: {{from: t, file: {path}}}, b: t}}")
    assert "mix:3: outputs/a: " in refused(jail, named, jail)
    (jail / "mix.yaml").write_text(named)
    for words in (["render"], ["check"], ["render", "--dry-run"]):
        done = run(words[0], "mix.yaml", "--jail", jail, *words[1:])
        assert done.exit_code == 2 and "is outside the jail" in done.stderr
    assert not (jail.parent / "x.wav").exists()


def test_a_folder_of_outputs_and_a_name_that_nobody_gave_are_within(jail, tmp_path, monkeypatch):
    several = BEEP.replace("output: t", "outputs: {a: t, sub/b: t}")
    assert "is outside the jail" in refused(jail, several, "..")
    (jail / "mix.yaml").write_text(several)
    monkeypatch.chdir(tmp_path)
    done = run("render", "jail/mix.yaml", "--jail", "jail")
    assert done.exit_code == 2 and "is outside the jail" in done.stderr
    assert run("render", "jail/mix.yaml", "--jail", "jail", "-o", "jail/made").exit_code == 0
    assert (jail / "made" / "sub" / "b.wav").exists() and not (tmp_path / "a.wav").exists()


def test_what_is_within_plays_as_ever(jail):
    for name in ("in.wav", "within.wav", "./sub/../in.wav", "up/jail/in.wav", str(jail / "sub" / "deep.wav")):
        text = PLAY.format(name)
        assert audiograph.render(text, bytes, jail=jail) == audiograph.render(text, bytes)
    for use, more in (
        ("bed.yaml", ""),
        ("bed.yaml", ", of: within.wav"),
        ("text.yaml", ""),
        ("telephone", ""),
    ):
        text = USE.format(use, more)
        assert audiograph.render(text, bytes, jail=".") == audiograph.render(text, bytes)
    audiograph.render(PLAY.format("in.wav"), "new.flac", jail=jail.parent / "jail")
    assert Path("new.flac").exists()


def test_sounds_in_memory_and_nodes_of_the_caller_are_no_business_of_the_jail(jail, tmp_path):
    voice = (tmp_path / "secret.wav").read_bytes()
    text = f"params:\n  v: {{type: file}}\n{PLAY.format('$v')}"
    assert audiograph.render(text, bytes, jail=jail, v=voice) == audiograph.render(text, bytes, v=voice)
    with pytest.raises(GraphError, match="outside the jail"):
        audiograph.render(text, jail=jail, v="../secret.wav")
    nodes = tmp_path / "mine.py"
    nodes.write_text(ECHO)
    assert audiograph.render(USE.format("jailed_echo", ""), bytes, jail=jail, nodes=[nodes])
    with pytest.raises(GraphError, match="is not a node type"):
        audiograph.render(USE.format("../mine.py", ""), jail=jail)


def test_side_files_within_may_not_lead_out(jail):
    (jail.parent / "in.wav.credit.yaml").write_text("secret words: [")
    Path("in.wav.credit.yaml").symlink_to("../in.wav.credit.yaml")
    plan = load("nodes: {t: {use: source, file: in.wav}}\noutput: t\n", limits=audiograph.Limits(jail))
    with pytest.raises(GraphError) as caught:
        credits.credits(plan.graph)
    assert "is outside the jail" in str(caught.value) and "secret" not in str(caught.value)
    with pytest.raises(GraphError, match=r"receipt.json is outside the jail"):
        receipt.check(Path("../receipt.json"), plan, [])
    Path("mix.yaml").write_text(PLAY.format("in.wav"))
    for words in (["credits", "mix.yaml"], ["render", "mix.yaml", "--licences", "CC0", "-o", "x.wav"]):
        done = run(*words, "--jail", ".")
        assert done.exit_code == 2 and "is outside the jail" in done.stderr and "secret" not in done.output


def test_files_that_options_name_are_within(jail):
    Path("mix.yaml").write_text(PLAY.format("in.wav"))
    for words in (
        ["render", "mix.yaml", "-o", "x.wav", "--receipt", "../r.json"],
        ["render", "mix.yaml", "-o", "x.wav", "--receipt", "up/r.json"],
        ["render", "mix.yaml", "-o", "x.wav", "--set", "t.file=link.wav"],
        ["show", "mix.yaml", "--svg", "../x.svg"],
        ["check", "mix.yaml", "--expect", "../secret.wav"],
        ["check", "up/jail/../bed.yaml"],
    ):
        done = run(*words, "--jail", ".")
        assert done.exit_code == 2 and "is outside the jail" in done.stderr, words
    assert {path.name for path in jail.parent.iterdir()} == {"jail", "secret.wav", "bed.yaml"}
    assert not Path("x.wav").exists()
    assert run("render", "mix.yaml", "--jail", ".", "-o", "x.wav", "--receipt", "r.json").exit_code == 0


def test_a_plan_keeps_its_jail_and_links_are_followed_when_files_are_opened(jail):
    plan = audiograph.load(PLAY.format("sub/deep.wav"), jail=jail)
    with pytest.raises(GraphError, match="is outside the jail"):
        audiograph.render(plan, "../x.wav")
    assert audiograph.render(plan, bytes)
    shutil.rmtree(jail / "sub")
    (jail / "sub").symlink_to(jail.parent)  # somebody swaps a folder for a link
    (jail.parent / "deep.wav").write_bytes((jail / "in.wav").read_bytes())
    for play in (
        lambda: audiograph.render(plan, bytes),
        lambda: audiograph.render(plan, jail / "x.wav"),
        lambda: list(audiograph.stream(plan)),
    ):
        with pytest.raises(AudiographError, match=r"deep.wav is outside the jail"):
            play()
    assert not (jail / "x.wav").exists() and not list(jail.glob(".*"))


@pytest.mark.parametrize("folder", ["nowhere", "in.wav", ""])
def test_a_jail_is_a_folder(jail, folder):
    with pytest.raises(GraphError, match="is not a folder"):
        audiograph.load(BEEP, jail=folder)
    Path("mix.yaml").write_text(BEEP)
    assert run("render", "mix.yaml", "--jail", folder).exit_code == 2


def test_a_plan_takes_no_other_jail(jail):
    plan = audiograph.load(BEEP, jail=jail)
    for play in (audiograph.render, audiograph.stream):
        with pytest.raises(TypeError, match=r"give it|give them"):
            play(plan, jail=os.sep)
    for other in (plan, audiograph.load(BEEP)):
        with pytest.raises(TypeError, match="give it to load"):
            audiograph.render(other, bytes, limits=audiograph.Limits(jail / "sub"))
    assert audiograph.render(plan, bytes, limits=audiograph.Limits("."))


def test_what_is_swapped_for_a_link_during_a_render_leads_nowhere(jail):
    """The receipt is written at the end, and has the digests of what was played."""
    plan = load(PLAY.format("sub/deep.wav"), limits=audiograph.Limits(jail))
    (jail / "made").mkdir()
    outputs = output_files(plan, "mix", Path("x.wav"))

    def swapped(part: float) -> None:
        (jail / "made").rename(jail / "made before")
        (jail / "made").symlink_to(jail.parent)

    with pytest.raises(AudiographError, match=r"made/r.json is outside the jail"):
        write_files(plan, outputs, lambda part: swapped(part) if part == 1 else None,
                    beside=lambda *_: {Path("made/r.json"): "{}"})  # fmt: skip
    assert not (jail.parent / "r.json").exists() and not Path("x.wav").exists()
    (jail / "sub" / "deep.wav").unlink()
    (jail / "sub" / "deep.wav").symlink_to(jail.parent / "secret.wav")
    with pytest.raises(GraphError, match=r"deep.wav is outside the jail"):
        credits.credits(plan.graph)
