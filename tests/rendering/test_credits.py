"""Credits of the sounds of a graph: from its nodes, from files beside the sounds, from tags."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from command import ROOT

import audiograph
from audiograph import audiofile
from audiograph.audiofile import id3
from audiograph.errors import GraphError
from audiograph.graph import Graph
from audiograph.rendering.credits import attribution, check, credits, is_due, missing
from audiograph.rendering.loading import load

TAGS = {"title": "Air", "artist": "Ann"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.wav", "b.flac"):
        sound(tmp_path / name)
    return tmp_path


def sound(path: Path, **tags: str) -> None:
    chosen = audiofile.encoding(path, tags=tags)
    with audiofile.Writer(path, 48_000, 1, chosen, 480) as file:
        file.write(np.zeros((1, 480), np.float32))


def made(folder: Path, nodes: str, output: str = "mix") -> Graph:
    path = folder / "song.yaml"
    path.write_text(f"nodes:\n{nodes}\noutput: {output}\n")
    return load(path).graph


def one(folder: Path, more: str = "", name: str = "a.wav"):
    (found,) = credits(made(folder, f"  mix: {{use: source, file: {name}{more}}}"))
    return found


def refused(call) -> list[str]:
    with pytest.raises(GraphError) as caught:
        call()
    return [str(problem) for problem in caught.value.problems]


def test_the_node_states_the_licence(folder):
    found = one(folder, ", licence: cc by 3.0, credit: Ann")
    assert (str(found.licence), found.credit, found.node) == ("CC-BY 3.0", "Ann", "mix")


def test_a_file_beside_the_sound_states_the_licence(folder):
    (folder / "a.wav.credit.yaml").write_text(
        "licence: CC-BY 4.0\ncredit: Bob\ntitle: Sea\nsource: https://b.example\n"
    )
    assert attribution(one(folder)) == (
        '"Sea" by Bob (https://b.example), CC-BY 4.0 (https://creativecommons.org/licenses/by/4.0/)'
    )


@pytest.mark.parametrize("name", ["t.flac", "t.ogg", "t.caf"])
def test_the_tags_of_the_sound_state_the_licence(folder, name):
    sound(folder / name, **TAGS, license="Attribution 3.0")
    assert attribution(one(folder, name=name)) == (
        '"Air" by Ann, CC-BY 3.0 (https://creativecommons.org/licenses/by/3.0/)'
    )


@pytest.mark.parametrize("tag", ["copyright", "comment"])
def test_an_address_of_a_licence_is_found_in_the_tags_of_an_mp3(folder, tag):
    words = (
        "2011 Ann. Licensed to the public under http://creativecommons.org/licenses/by-sa/3.0/ verify at x"
    )
    raw = (ROOT / "graphs/audio/voice.mp3").read_bytes()
    (folder / "t.mp3").write_bytes(id3.tag([*TAGS.items(), (tag, words)]) + raw)
    assert str(one(folder, name="t.mp3").licence) == "CC-BY-SA 3.0"


def test_a_copyright_without_a_licence_states_none(folder):
    sound(folder / "t.flac", **TAGS, copyright="2011 Ann, all rights reserved")
    assert one(folder, name="t.flac").licence is None


def test_the_node_goes_before_the_file_and_that_before_the_tags(folder):
    sound(folder / "t.flac", **TAGS, license="CC0")
    (folder / "t.flac.credit.yaml").write_text("licence: CC-BY 4.0\ncredit: Bob\n")
    found = one(folder, ", licence: CC-BY-SA 3.0", "t.flac")
    assert (str(found.licence), found.credit, found.title) == ("CC-BY-SA 3.0", "Bob", "Air")


def test_every_file_is_listed_once_and_only_if_it_is_used(folder):
    nodes = """\
  one: {use: source, file: a.wav}
  two: {use: source, file: ./a.wav, licence: CC0}
  idle: {use: source, file: b.flac}
  mix: {use: sum, in: [one, two]}"""
    (found,) = credits(made(folder, nodes))
    assert (found.node, str(found.licence)) == ("one", "CC0") and found.where.endswith("song.yaml:2")


def test_two_nodes_may_not_state_different_licences_of_one_file(folder):
    nodes = """\
  one: {use: source, file: a.wav, licence: CC BY 3.0}
  two: {use: source, file: a.wav, licence: CC-BY-NC 3.0}
  mix: {use: sum, in: [one, two]}"""
    graph = made(folder, nodes)
    (line,) = refused(lambda: credits(graph))
    assert line.endswith(
        "song.yaml:3: two: licence: CC-BY-NC 3.0 is stated here, and CC-BY 3.0 of the same file by one"
    )
    assert len(credits(made(folder, nodes.replace("CC-BY-NC", "cc-by")))) == 1


def test_every_mistake_in_a_credit_file_is_reported_with_its_line(folder):
    (folder / "a.wav.credit.yaml").write_text("license: CC0\ncredit: 12\ntitle: x\n")
    lines = refused(lambda: one(folder))
    assert [line.partition("credit.yaml:")[2] for line in lines] == [
        "1: 'license' is not one of licence, credit, title, source; 'licence'?",
        "2: credit: 12 is not text; put it in quotes",
    ]


def test_a_licence_that_is_not_allowed_is_refused_at_its_line(folder):
    nodes = """\
  one: {use: source, file: a.wav, licence: CC-BY-SA 3.0}
  two: {use: source, file: b.flac}
  mix: {use: sum, in: [one, two]}"""
    found = credits(made(folder, nodes))
    lines = refused(lambda: check(found, ["CC0", "CC-BY"]))
    assert [line.partition("song.yaml:")[2] for line in lines] == [
        "2: one: a.wav is CC-BY-SA 3.0, which is not one of CC0, CC-BY",
        "3: two: b.flac states no licence: give the node `licence`, or write b.flac.credit.yaml",
    ]
    assert "which is not CC0" in refused(lambda: check(found, ["CC0"]))[0]
    check(found[:1], ["CC0", "cc by-sa"])


def test_missing_facts_are_reported(folder):
    nodes = """\
  one: {use: source, file: a.wav, licence: CC-BY-SA 3.0}
  two: {use: source, file: b.flac}
  mix: {use: sum, in: [one, two]}"""
    whats = [problem.what for problem in missing(credits(made(folder, nodes)))]
    assert whats == ["a.wav does not say whom to credit", "b.flac states no licence"]


def test_sounds_within_recipes_are_credited(folder):
    (folder / "bed.yaml").write_text(
        "about: A bed.\ninputs: {voice: what is said}\noutput: both\nnodes:\n"
        "  tune: {use: source, file: b.flac, licence: CC0}\n  both: {use: sum, in: [voice, tune]}\n"
    )
    nodes = "  voice: {use: source, file: a.wav}\n  mix: {use: ./bed.yaml, voice: voice}"
    assert {found.node: str(found.licence) for found in credits(made(folder, nodes))} == {
        "voice": "None", "mix/tune": "CC0",
    }  # fmt: skip


def test_a_sound_in_memory_has_the_credit_of_its_node():
    nodes = "nodes: {a: {use: source, file: $voice, licence: CC BY 4.0, credit: Ann}}"
    text = f"params: {{voice: {{type: file}}}}\n{nodes}\noutput: a"
    plan = audiograph.load(text, voice=(np.zeros((1, 4800), np.float32), 48_000))
    (found,) = credits(plan.graph)
    assert (str(found.licence), found.credit) == ("CC-BY 4.0", "Ann") and is_due(found)


@pytest.mark.parametrize("file", sorted((ROOT / "graphs").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_sounds_of_the_shipped_graphs_have_licence_and_credit(file):
    found = credits(load(file).graph)
    assert found == [] or all(each.licence and each.credit and each.source for each in found)
    check(found, ["CC0", "Apache-2.0", "public domain"])


def test_every_shipped_sound_has_a_credit_file():
    folder = ROOT / "graphs/audio"
    sounds = {path.name for path in folder.iterdir() if path.suffix in (".mp3", ".flac", ".ogg", ".wav")}
    assert (
        {path.name.removesuffix(".credit.yaml") for path in folder.glob("*.credit.yaml")} == sounds != set()
    )


def test_a_moved_sound_takes_its_credit_along(folder):
    for name in ("music.ogg", "music.ogg.credit.yaml"):
        shutil.copy(ROOT / "graphs/audio" / name, folder)
    assert one(folder, name="music.ogg").credit == "dpren"


def test_all_artists_of_a_file_are_credited(folder):
    sound(folder / "a.mp3")
    tag = id3.tag([("artist", "Ann\0Bob\0李"), ("title", "Air"), ("license", "CC-BY 4.0")])
    (folder / "a.mp3").write_bytes(tag + (folder / "a.mp3").read_bytes())
    assert attribution(one(folder, name="a.mp3")).startswith('"Air" by Ann, Bob, 李, CC-BY 4.0')
