"""Sound files in a mix."""

import re
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from timelines import assert_seeks, heard, made, noise

from audiograph.audiofile import polarity
from audiograph.dsp.speakers import mask
from audiograph.errors import AudioFileError, NodeError
from audiograph.node import Setup
from audiograph.nodes.source import source

DATA = Path(__file__).parents[1] / "data"
RATE = 44_100
HALF = sqrt(0.5)
X = noise(2, 30_000)


@pytest.fixture
def path(tmp_path):
    soundfile.write(tmp_path / "x.wav", X.T, RATE, "FLOAT")
    return tmp_path / "x.wav"


def played(path, rate=RATE, **params):
    return made(source, rate=rate, file=path, **params)


def test_it_plays_the_file(path):
    sound = played(path)
    assert (sound.channels, sound.frames, sound.start, sound.spans) == (2, 30_000, 0, ((0, 30_000),))
    assert heard(sound).tobytes() == X.tobytes()


def test_it_plays_a_part(path):
    y = heard(played(path, start=5000 / RATE, end=12_345 / RATE))
    np.testing.assert_array_equal(y, X[:, 5000:12_345])


def test_an_end_beyond_the_file_is_its_end_and_noted(path):
    assert played(path, end=99).frames == 30_000
    (note,) = notes_of(path, end=99.0)
    assert re.fullmatch(r"end: 99 s is beyond the end of .*x\.wav, which is 0\.680272 s long", note)
    assert not notes_of(path, end=0.69) + notes_of(path, end=0.5) + notes_of(path)  # 0.69: as one writes it


@pytest.mark.parametrize(
    ("channels", "want"), [("left", X[:1]), ("right", X[1:]), ("mono", X.mean(axis=0, keepdims=True))]
)
def test_channels_can_be_picked(path, channels, want):
    sound = played(path, channels=channels)
    assert sound.channels == 1
    np.testing.assert_allclose(heard(sound), want, atol=1e-7)


def test_it_has_a_gain(path):
    np.testing.assert_allclose(heard(played(path, gain=-20)), X / 10, rtol=1e-6)


def test_it_is_resampled_to_the_rate_of_the_mix(path):
    y = heard(played(path, 48_000))
    want = soxr.resample(X.T, RATE, 48_000).T
    assert y.shape[1] == round(30_000 * 48_000 / RATE)
    np.testing.assert_allclose(y[:, : want.shape[1]], want[:, : y.shape[1]], atol=1e-6)


def test_every_frame_can_be_had_without_those_before(path):
    assert_seeks(played(path, start=0.1, channels="mono", gain=-3), (0, 1, 16_384, 20_000, 25_589))


def test_a_part_of_a_resampled_file_is_that_part_of_the_whole(path):
    whole, part = heard(played(path, 48_000)), heard(played(path, 48_000, start=0.25))
    np.testing.assert_allclose(part, whole[:, 12_000:], atol=1e-6)


def test_what_plays_nothing_is_refused(path):
    with pytest.raises(NodeError, match=r"plays nothing of .*x.wav, which is 0.68"):
        played(path, start=2)
    with pytest.raises(NodeError, match="plays nothing"):
        played(path, start=0.5, end=0.25)


def test_a_mono_file_has_no_right_channel(tmp_path):
    soundfile.write(tmp_path / "mono.wav", X[0], RATE)
    with pytest.raises(NodeError, match="is mono"):
        played(tmp_path / "mono.wav", channels="right")
    assert played(tmp_path / "mono.wav", channels="left").channels == 1


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(AudioFileError, match=r"no\.wav"):
        played(tmp_path / "no.wav")


# Surround sound


def surround(path, names, kind="WAVEX", seed=5):
    """A file with a sound of its own for each of its speakers; `names` may not be the usual ones."""
    x = noise(len(names.split()), 20_000, seed)
    soundfile.write(path, x.T, RATE, "FLOAT", format=kind)
    if kind == "WAVEX":
        data = bytearray(path.read_bytes())
        at = data.index(b"fmt ") + 28
        data[at : at + 4] = mask(names.split()).to_bytes(4, "little")
        path.write_bytes(data)
    return x


def notes_of(path, **params):
    notes = []
    sound = source(Setup(RATE, (), notes.append), file=path, **params)
    heard(sound)
    return notes


@pytest.mark.parametrize("pair", ["BL BR", "SL SR"])
def test_5_1_becomes_stereo_and_mono_by_bs_775(tmp_path, pair):
    x = surround(tmp_path / "x.wav", f"FL FR FC LFE {pair}")
    left, right, centre, _, ls, rs = x
    want = np.array([left + HALF * (centre + ls), right + HALF * (centre + rs)])
    np.testing.assert_allclose(heard(played(tmp_path / "x.wav", channels="stereo")), want, atol=1e-6)
    np.testing.assert_allclose(
        heard(played(tmp_path / "x.wav", channels="mono"))[0], want.mean(axis=0), atol=1e-6
    )
    np.testing.assert_array_equal(heard(played(tmp_path / "x.wav")), x)
    assert not notes_of(tmp_path / "x.wav") + notes_of(tmp_path / "x.wav", channels="mono")


def test_speech_in_the_centre_is_3_db_down_in_mono_not_15(tmp_path):
    names = "FL FR FC LFE BL BR"
    x = np.zeros((6, 20_000), np.float32)
    x[2] = noise(1, 20_000)[0]
    surround(tmp_path / "x.wav", names)
    soundfile.write(tmp_path / "x.wav", x.T, RATE, "FLOAT", format="WAVEX")
    np.testing.assert_allclose(heard(played(tmp_path / "x.wav", channels="mono"))[0], HALF * x[2], atol=1e-6)


def test_the_mask_tells_what_is_mixed(tmp_path):
    """4.1 and quad with a centre have five and four channels too, at other places."""
    x = surround(tmp_path / "x.wav", "FL FR LFE BC")
    want = np.array([x[0] + 0.5 * x[3], x[1] + 0.5 * x[3]])
    np.testing.assert_allclose(heard(played(tmp_path / "x.wav", channels="stereo")), want, atol=1e-6)


@pytest.mark.parametrize(
    ("names", "home", "places"),
    [
        ("FL FR LFE", 6, [0, 1, 3]),
        ("FL FR FC BC", 7, [0, 1, 2, 4]),
        ("FL FR FC BL BR SL SR", 8, [0, 1, 2, 4, 5, 6, 7]),
    ],
)
def test_unusual_speakers_play_where_they_belong(tmp_path, names, home, places):
    x = surround(tmp_path / "x.wav", names)
    y = heard(played(tmp_path / "x.wav"))
    assert len(y) == home
    np.testing.assert_array_equal(y[places], x)
    assert not np.delete(y, places, axis=0).any()
    (note,) = notes_of(tmp_path / "x.wav")
    assert f"has {names}: it plays as FL FR FC" in note


def test_speakers_without_a_place_are_said(tmp_path):
    x = surround(tmp_path / "x.wav", "FL FR FC LFE BL BR FLC FRC")
    np.testing.assert_array_equal(heard(played(tmp_path / "x.wav")), x)
    assert "FLC FRC, which here are FL FR FC LFE BL BR SL SR" in notes_of(tmp_path / "x.wav")[0]
    stereo = heard(played(tmp_path / "x.wav", channels="stereo"))
    np.testing.assert_allclose(stereo[0], x[0] + x[6] + HALF * (x[2] + x[4]), atol=1e-6)


def test_a_plain_wav_is_taken_as_usual_and_that_is_said_where_it_matters(tmp_path):
    surround(tmp_path / "x.wav", "FL FR FC LFE BL BR", "WAV")
    assert not notes_of(tmp_path / "x.wav")
    (note,) = notes_of(tmp_path / "x.wav", channels="stereo")
    assert "does not say its speakers: taken as FL FR FC LFE BL BR" in note


def test_channels_that_are_no_speakers_have_a_mean_and_no_stereo(tmp_path):
    x = surround(tmp_path / "x.wav", "FL FR FC LFE BL BR SL SR BC FLC FRC TC", "WAV")
    np.testing.assert_allclose(
        heard(played(tmp_path / "x.wav", channels="mono"))[0], x.mean(axis=0), atol=1e-6
    )
    with pytest.raises(AudioFileError, match="12 channels that belong to no speakers: play `channels: all`"):
        played(tmp_path / "x.wav", channels="stereo")


def test_mono_plays_as_stereo_on_both_sides(tmp_path):
    soundfile.write(tmp_path / "x.wav", X[0], RATE, "FLOAT")
    np.testing.assert_array_equal(heard(played(tmp_path / "x.wav", channels="stereo")), [X[0], X[0]])
    np.testing.assert_array_equal(heard(played(tmp_path / "x.wav", channels="mono")), X[:1])


# Sides of opposite polarity


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3", "ogg"])
def test_an_antiphase_voice_is_heard_in_mono(tmp_path, suffix):
    speech, rate = soundfile.read(DATA / "speech.flac", dtype="float32")
    path = tmp_path / f"x.{suffix}"
    soundfile.write(path, np.stack([speech, -speech], 1), rate)
    y = heard(made(source, rate=rate, file=path, channels="mono"))[0]
    size = min(len(y), len(speech))
    assert np.corrcoef(y[:size], speech[:size])[0, 1] > 0.95
    (note,) = notes_of(path, channels="mono")
    assert str(path) in note and "(correlation -" in note and "`channels: left`" in note
    assert not notes_of(path) + notes_of(path, channels="left")


def test_a_long_file_is_heard_in_parts_and_told_of_later(tmp_path, monkeypatch):
    monkeypatch.setattr(polarity, "LISTEN", 1)
    monkeypatch.setattr(polarity, "PLACES", 4)
    speech, _ = soundfile.read(DATA / "speech.flac", dtype="float32")
    x = np.resize(speech, 10 * RATE)
    turned = np.where(np.arange(len(x)) < 5 * RATE, x, -x)
    soundfile.write(tmp_path / "x.wav", np.stack([x, turned], 1), RATE, "FLOAT")
    np.testing.assert_array_equal(heard(played(tmp_path / "x.wav", channels="mono"))[0], x)
    soundfile.write(tmp_path / "x.ogg", np.stack([x, turned], 1), RATE)  # only its beginning is heard before
    (note,) = notes_of(tmp_path / "x.ogg", channels="mono")
    assert "left and right are of opposite polarity in " in note and "which mono loses" in note


def test_a_file_is_heard_before_only_where_it_matters(tmp_path, monkeypatch):
    heard_before = []
    monkeypatch.setattr(polarity, "verdict", lambda *given: heard_before.append(given))
    soundfile.write(tmp_path / "x.wav", X.T, RATE, "FLOAT")
    soundfile.write(tmp_path / "mono.wav", X[0], RATE, "FLOAT")
    for channels in ("all", "left", "stereo"):
        heard(played(tmp_path / "x.wav", channels=channels))
    heard(played(tmp_path / "mono.wav", channels="mono"))
    played(tmp_path / "x.wav", channels="mono")  # planned, not played
    assert not heard_before
