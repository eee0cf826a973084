"""Balance: one sound a number of LU over another, measured by libebur128."""

import numpy as np
import pytest
import soundfile
import soxr
from mixes import ROOT
from pyebur128 import MeasurementMode, R128State, get_loudness_global
from timelines import assert_seeks, heard, made, noise, stream

from audiograph.errors import NodeError
from audiograph.node import Setup
from audiograph.nodes.balance import balance
from audiograph.nodes.noise import noise as hiss
from audiograph.nodes.place import place

RATE = 44_100
EARLY, LATE = np.arange(3 * RATE) < RATE, np.arange(3 * RATE) > 2 * RATE


def recording(name):
    x, own = soundfile.read(ROOT / name, dtype="float32", always_2d=True)
    return np.ascontiguousarray(soxr.resample(x, own, RATE, "HQ").T)


VOICES = {"a guest": recording("graphs/audio/guest.flac"), "a reader": recording("tests/data/speech.mp3")}
MUSICS = {"a bed": recording("graphs/audio/music.ogg"), "an orchestra": recording("tests/data/music.ogg")}


def lufs(x):
    """Integrated loudness; mono counts on both sides."""
    x = np.repeat(x, 2, axis=0) if len(x) == 1 else x
    meter = R128State(2, RATE, MeasurementMode.MODE_I)
    meter.add_frames(np.ascontiguousarray(x.T, np.float32).ravel(), x.shape[1])
    return get_loudness_global(meter)


def like(x, frames):
    """The sound repeated to this length."""
    return np.tile(x, -(-frames // x.shape[1]))[:, :frames]


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("music", MUSICS)
@pytest.mark.parametrize("over", [8.0, 3.0])
def test_a_voice_is_so_many_lu_over_the_music(voice, music, over):
    voice = VOICES[voice]
    music = like(MUSICS[music], voice.shape[1])
    lower = heard(made(balance, stream(music), stream(voice), over=-over))
    higher = heard(made(balance, stream(voice), stream(music), over=over))
    assert abs(lufs(voice) - lufs(lower) - over) < 0.5
    assert abs(lufs(higher) - lufs(music) - over) < 0.5


def test_it_is_one_gain_for_all_of_the_sound():
    voice, music = VOICES["a guest"], MUSICS["a bed"]
    y = heard(made(balance, stream(music), stream(voice), over=-8.0))
    factor = y[0, 100_000] / music[0, 100_000]
    np.testing.assert_allclose(y, music * factor, rtol=1e-6, atol=1e-9)


def test_what_sounds_while_the_other_does_not_counts_for_nothing():
    voice, music = VOICES["a guest"], like(MUSICS["a bed"], VOICES["a guest"].shape[1])
    plain = heard(made(balance, stream(music), stream(voice), over=-8.0))
    loud = noise(2, 5 * RATE) / 10
    later = made(place, stream(voice), at=5.0)
    longer = np.concatenate([loud, music, loud], axis=1)
    y = heard(made(balance, stream(longer), later, over=-8.0))
    change = np.abs(y[:, 5 * RATE :][:, : plain.shape[1]]).max() / np.abs(plain).max()
    assert abs(20 * np.log10(change)) < 0.3  # the gate of the music moves


def test_a_mono_sound_counts_as_it_is_heard_beside_a_stereo_one():
    x = noise(1, 3 * RATE)
    both = np.repeat(x, 2, axis=0)
    assert np.abs(heard(made(balance, stream(x), stream(both), over=0.0)) - x).max() < 1e-3
    assert np.abs(heard(made(balance, stream(x), stream(x), over=0.0)) - x).max() < 1e-3


def test_from_any_frame_it_is_the_tail_of_the_whole():
    voice, music = VOICES["a reader"], MUSICS["an orchestra"]
    assert_seeks(made(balance, stream(music), stream(voice), over=-8.0), (0, 1, 20_000, 100_001))


def test_planning_opens_nothing_and_both_are_heard_once():
    opened = []

    def counted(x, name):
        inner = stream(x)

        def chunks(first):
            opened.append(name)
            return inner.chunks(first)

        return type(inner)(RATE, 2, x.shape[1], chunks=chunks)

    x = noise(2, RATE)
    sound = made(balance, counted(x, "in"), counted(x / 2, "key"))
    assert sound.two_pass and not opened
    heard(sound), heard(sound, first=100)
    assert sorted(opened) == ["in", "key"]


def test_progress_grows_to_all_of_it():
    told = []
    sound = balance(Setup(RATE, (stream(noise(1, RATE)), stream(noise(2, RATE))), progress=told.append))
    heard(sound)
    assert told == sorted(told) and told[0] < 0.1 and told[-1] == 1


@pytest.mark.parametrize(
    ("x", "key", "why"),
    [
        (noise(1, RATE), np.zeros((1, RATE), np.float32), "its key is silent"),
        (np.zeros((1, RATE), np.float32), noise(1, RATE), "is silent"),
        (noise(1, 10_000), noise(1, RATE), "is shorter than 400 ms"),
        (noise(1, RATE), noise(1, RATE) * 1e-5, "its key has nothing above -70 LUFS"),
        (noise(1, 3 * RATE) * EARLY, noise(1, 3 * RATE) * LATE, "never sounds together with its key"),
    ],
    ids=["a silent key", "silence", "too short to measure", "too soft a key", "one after the other"],
)  # fmt: skip
def test_what_never_sounds_together_with_its_key_is_left_as_it_is(x, key, why):
    notes = []
    x = x.astype(np.float32)
    sound = balance(Setup(RATE, (stream(x), stream(key.astype(np.float32))), notes.append))
    assert np.array_equal(heard(sound), x)
    assert notes == [f"{why}, so its level is left as it is"]


def test_no_gain_is_larger_than_most_and_it_is_said():
    notes = []
    x = noise(2, RATE)
    sound = balance(Setup(RATE, (stream(x), stream(x)), notes.append), over=20.0, most=12.0)
    np.testing.assert_allclose(heard(sound), x * 10 ** (12 / 20), rtol=1e-6)
    assert notes == ["needs 20 dB, more than `most`: it gets 12 dB"]


def test_what_never_ends_is_refused_and_which_of_both_is_said():
    x, endless = stream(noise(1, RATE)), made(hiss)
    with pytest.raises(
        NodeError, match="must hear all of its input first, which never ends: give it a length"
    ):
        made(balance, endless, x)
    with pytest.raises(NodeError, match="must hear all of its key first, which never ends"):
        made(balance, x, endless)
