"""Balance: one sound a number of LU over another while it sounds, measured by libebur128."""

import numpy as np
import pytest
import soundfile
import soxr
from mixes import ROOT
from pyebur128 import MeasurementMode, R128State, get_loudness_momentary
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


def blocks(x):
    """Powers of each 400 ms, every 100 ms; mono counts on both sides."""
    x = np.repeat(x, 2, axis=0) if len(x) == 1 else x
    meter, powers = R128State(2, RATE, MeasurementMode.MODE_M), []
    for first in range(0, x.shape[1] - RATE // 10 + 1, RATE // 10):
        meter.add_frames(
            np.ascontiguousarray(x.T[first : first + RATE // 10], np.float32).ravel(), RATE // 10
        )
        powers.append(10 ** (get_loudness_momentary(meter) / 10))
    return np.array(powers[3:])


def gated(powers):
    """Which blocks count: above -70 LUFS, and above 10 LU under the mean of those."""
    above = powers > 10**-7
    return powers > max(10**-7, powers[above].mean() / 10)


def lead(one, other):
    """LU that one sound is over another while it sounds."""
    one, other = blocks(one), blocks(other)
    one, other = one[: len(other)], other[: len(one)]
    one, other = one[gated(one)], other[gated(one)]
    counts = gated(other)
    return 10 * np.log10(one[counts].mean() / other[counts].mean())


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
    assert lead(voice, lower) == pytest.approx(over, abs=0.15)
    assert lead(higher, music) == pytest.approx(over, abs=0.15)


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
    assert abs(20 * np.log10(change)) < 0.02


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


@pytest.mark.parametrize("softer", [20, 40])
def test_a_voice_so_much_softer_gets_music_so_much_softer(softer):
    voice, music = VOICES["a reader"], MUSICS["an orchestra"]
    soft = np.float32(10 ** (-softer / 20))
    loud, low = (
        heard(made(balance, stream(music), stream(voice * x), over=-8.0, most=60.0)) for x in (1, soft)
    )
    assert np.abs(low / soft - loud).max() < 2e-3 * np.abs(loud).max()


def test_music_that_rises_in_the_pauses_is_measured_while_somebody_speaks():
    voice, music = VOICES["a guest"], like(MUSICS["a bed"], VOICES["a guest"].shape[1])
    pause, up = np.zeros((1, 9 * RATE), np.float32), music[:, : 9 * RATE].copy()
    up[:, : RATE // 2] /= 16  # as a duck holds it, and is early
    up[:, -RATE // 2 :] /= 16
    spoken, bed = np.concatenate([voice, pause, voice], 1), np.concatenate([music / 16, up, music / 16], 1)
    y = heard(made(balance, stream(bed), stream(spoken), over=-8.0))
    plain = heard(made(balance, stream(music), stream(voice), over=-8.0))
    factor = np.abs(y[:, : music.shape[1]]).max() / np.abs(plain).max()
    assert abs(20 * np.log10(factor)) < 0.1


@pytest.mark.parametrize("length", [0.005, 0.05, 0.3, 0.39])
def test_a_voice_shorter_than_400_ms_is_measured_as_a_longer_one(length):
    x, notes = noise(1, round(length * RATE)), []
    key = noise(1, RATE) / 4
    y = heard(balance(Setup(RATE, (stream(x), stream(key)), notes.append), over=8.0))
    same = 20 * np.log10(np.abs(y).max() / np.abs(x).max()) + 20 * np.log10(4) - 8
    assert abs(same) < (1 if length > 0.01 else 4) and not notes


def test_what_never_sounds_together_is_set_by_the_loudness_of_each():
    notes = []
    x, key = noise(1, 3 * RATE) * EARLY.astype(np.float32), noise(1, 3 * RATE) * LATE.astype(np.float32)
    y = heard(balance(Setup(RATE, (stream(x), stream(key / 10)), notes.append), over=-8.0))
    assert 20 * np.log10(y.std() / x.std()) == pytest.approx(-28, abs=0.3) and not notes
    later = made(place, stream(key / 10), at=5.0)
    np.testing.assert_array_equal(heard(made(balance, stream(x), later, over=-8.0)), y)


@pytest.mark.parametrize(
    ("x", "key", "why"),
    [
        (noise(1, RATE), np.zeros((1, RATE), np.float32), "its key is silent"),
        (np.zeros((1, RATE), np.float32), noise(1, RATE), "is silent"),
        (noise(1, RATE), noise(1, RATE) * 1e-5, "its key has nothing above -70 LUFS"),
    ],
    ids=["a silent key", "silence", "too soft a key"],
)
def test_beside_silence_it_is_left_as_it_is(x, key, why):
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


@pytest.mark.parametrize("value", [1.0, 17_000.0])
@pytest.mark.parametrize(("over", "together"), [(8, True), (-8, True), (0, False)])
@pytest.mark.parametrize("which", [0, 1])
def test_a_wild_sample_in_either_is_left_out_and_named(value, over, together, which):
    """A click of full scale in a voice 40 dB softer was half of all its loudness."""
    voice = np.tile(VOICES["a reader"][:1], 5)
    pair = [voice * np.float32(0.01), noise(2, voice.shape[1]) * np.float32(3e-3)]
    want = heard(balance(Setup(RATE, tuple(map(stream, pair))), over=over, together=together, most=60))
    factor, notes = np.abs(want).max() / np.abs(pair[0]).max(), []
    pair[which] = pair[which].copy()
    pair[which][0, 20_000] = value
    got = heard(
        balance(Setup(RATE, tuple(map(stream, pair)), notes.append), over=over, together=together, most=60)
    )
    assert abs(20 * np.log10(got[0, 10_000:19_000].std() / (factor * pair[0][0, 10_000:19_000].std()))) < 0.5
    (note,) = notes
    assert note.startswith(f"{('', 'its key ')[which]}has a wild sample of {value:.6g}")


@pytest.mark.parametrize("frames", [1, 200])
@pytest.mark.parametrize("silence", [0, RATE])
def test_a_key_within_the_last_10_ms_is_heard(frames, silence):
    notes = []
    key = np.pad(np.full((1, frames), 0.5, np.float32), ((0, 0), (silence, 0)))
    heard(balance(Setup(RATE, (stream(noise(1, RATE)), stream(key)), notes.append), together=False, most=60))
    assert notes == []
