"""Wrapped samples in a file that nobody repairs are noted."""

import numpy as np
import pytest
import soundfile
from conftest import planned
from mixes import ROOT
from timelines import heard

from audiograph import audiofile
from audiograph.node import Setup
from audiograph.nodes.source import source

WRAPPED = ROOT / "tests/data/wrapped.flac"
RATE = 44_100


def watched(x, sizes):
    watch, at, k = audiofile.Watch(audiofile.probe(WRAPPED), 0, x.shape[1]), 0, 0
    while at < x.shape[1]:
        part = x[:, at : at + sizes[k % len(sizes)]].copy()
        watch.hear(part)
        part[:] = np.nan
        at, k = at + part.shape[1], k + 1
    return watch


@pytest.mark.parametrize("sizes", [(10**6,), (64, 1, 1000), (8192,)])
@pytest.mark.parametrize("first", [0, 18_110])
def test_those_are_found_that_repair_restores_whatever_the_blocks(sizes, first):
    info = audiofile.probe(WRAPPED)
    plain, mended = (
        np.hstack([x.copy() for x in audiofile.read(WRAPPED, info, RATE, repair=by)]) for by in (0, 1)
    )
    wrong = np.flatnonzero((plain != mended).any(axis=0)[first:])
    watch = watched(plain[:, first:], sizes)
    assert watch.why().startswith(f"{len(wrong)} samples have wrapped past full scale, the first at ")
    assert watch.first == wrong[0] / RATE


def noted(path, rate, **given):
    notes = []
    stream = source(Setup(rate, (), notes.append), file=path, **given)
    for _ in range(2):
        heard(stream)
    return notes


@pytest.mark.parametrize("rate", [RATE, 48_000])
def test_a_source_says_once_where_and_what_helps(rate):
    (note,) = noted(WRAPPED, rate)
    assert note.endswith(
        "31 samples have wrapped past full scale, the first at 0.410 s; `repair: true` restores them"
    )
    (note,) = noted(WRAPPED, rate, start=0.42, end=0.7)
    assert "samples have wrapped past full scale, the first at 0.4" in note and "31" not in note
    assert noted(WRAPPED, rate, end=0.4) == []
    assert noted(WRAPPED, rate, repair=True) == []


@pytest.mark.parametrize(
    ("rate", "given", "repairs", "more", "is_noted"),
    [
        (RATE, "", "v", "", False),
        (RATE, ", start: 0.2", "{use: gain, in: v, level: -1 dB}", "", True),  # no longer at full scale
        (RATE, ", gain: -1 dB", "v", "", True),
        (RATE, ", channels: mono", "v", "", True),
        (RATE, "", "v", ", w: v", True),  # which is heard as it is, too
        (48_000, "", "v", "", True),  # resampling spreads a click
    ],
)
def test_what_a_node_repair_gets_as_it_is_in_the_file_is_not_noted(rate, given, repairs, more, is_noted):
    made = planned(
        f"nodes: {{v: {{use: source, file: {WRAPPED}{given}}}, r: {{use: repair, in: {repairs}}}}}\n"
        f"outputs: {{x: r{more}}}",
        {},
        rate=rate,
    )
    heard(made.streams["r", "out"])
    assert any("wrapped past full scale" in note.what for note in made.notes) == is_noted


def test_one_at_the_very_end_is_noted(tmp_path):
    x = (np.cos(np.arange(-2980, 20) * 0.1) * np.linspace(0, 1.011, 3000) + 1) % 2 - 1
    soundfile.write(tmp_path / "x.wav", x, RATE, "FLOAT")
    (note,) = noted(tmp_path / "x.wav", RATE)
    assert "1 sample has wrapped past full scale, at 0.068 s" in note


@pytest.mark.parametrize("gain", [1, 1.5, 30])
def test_clean_loud_and_clipped_sound_is_not_noted(tmp_path, gain):
    for name in ("speech.flac", "speech.mp3", "music.ogg"):
        x, rate = soundfile.read(ROOT / "tests/data" / name)
        soundfile.write(tmp_path / "x.wav", np.clip(x / np.abs(x).max() * gain, -1, 1), rate, "PCM_16")
        assert noted(tmp_path / "x.wav", rate) == [], name
    square = np.where(np.arange(RATE) % 100 < 50, -1.0, 1.0)
    soundfile.write(tmp_path / "x.wav", square, RATE, "PCM_16")
    assert noted(tmp_path / "x.wav", RATE) == []
