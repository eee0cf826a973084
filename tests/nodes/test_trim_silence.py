"""Trim silence: a sound without the silence before and after it."""

from itertools import repeat

import numpy as np
import pytest
import soundfile
from mixes import ROOT
from timelines import assert_seeks, heard, made, noise, stream

from audiograph.errors import NodeError
from audiograph.node import Setup
from audiograph.nodes.noise import noise as hiss
from audiograph.nodes.place import place
from audiograph.nodes.silence import silence
from audiograph.nodes.trim_silence import trim_silence
from audiograph.sound import CHUNK, Stream

RATE = 44_100
SPEECH, SPEECH_RATE = soundfile.read(ROOT / "tests/data/speech.flac", dtype="float32")


def between(head, tail, frames=10_000, floor=0.0):
    """Noise at -10 dB, between stretches of softer noise."""
    x = noise(2, head + frames + tail)
    x[:, :head] *= floor
    x[:, head + frames :] *= floor
    return x


def ends_of(x, rate, threshold, keep):
    """The slow way: every window of 10 ms of the whole sound."""
    window = round(rate / 100)
    loud = [
        start
        for start in range(0, x.shape[1], window)
        if (np.square(x[:, start : start + window], dtype=float).sum(1) / window).max()
        > 10 ** (threshold / 10)
    ]
    room = round(keep * rate)
    return max(0, loud[0] - room), min(x.shape[1], loud[-1] + window + room)


@pytest.mark.parametrize("head", [0, 1, 20_000, 100_003])
@pytest.mark.parametrize("tail", [0, 1, 20_000, 300_007])
def test_a_little_room_is_left_before_and_after_the_sound(head, tail):
    x = between(head, tail)
    first, last = ends_of(x, RATE, -50, 0.05)
    sound = made(trim_silence, stream(x))
    assert max(0, head - 2205 - 441) <= first <= head
    assert np.array_equal(heard(sound), x[:, first:last])


def test_each_end_may_stay():
    x = between(20_000, 30_000)
    first, last = ends_of(x, RATE, -50, 0.05)
    assert np.array_equal(heard(made(trim_silence, stream(x), ends="start")), x[:, first:])
    assert np.array_equal(heard(made(trim_silence, stream(x), ends="end")), x[:, :last])


def test_noise_under_the_threshold_is_silence_and_above_it_is_not():
    x = between(30_000, 30_000, floor=10 ** (-50 / 20))  # -60 dB
    assert made(trim_silence, stream(x), keep=0).frames < 11_000
    assert made(trim_silence, stream(x), threshold=-65).frames == x.shape[1]


@pytest.mark.parametrize("threshold", [-60.0, -50.0, -35.0])
def test_a_voice_keeps_its_first_and_last_sound(threshold):
    x = np.pad(SPEECH[None], ((0, 0), (9000, 33_000)))
    first, last = ends_of(x, SPEECH_RATE, threshold, 0.02)
    sound = made(trim_silence, stream(x, rate=SPEECH_RATE), rate=SPEECH_RATE, threshold=threshold, keep=0.02)
    assert np.array_equal(heard(sound), x[:, first:last])


def test_a_soft_word_between_digital_silence_is_sound():
    """Peaks of -42 dB."""
    word = SPEECH[None] / np.abs(SPEECH).max() * np.float32(10 ** (-42 / 20))
    x = np.pad(word, ((0, 0), (9000, 9000)))
    first, last = ends_of(x, SPEECH_RATE, -100, 0.05)
    sound = made(trim_silence, stream(x, rate=SPEECH_RATE), rate=SPEECH_RATE)
    assert abs(sound.frames - (last - first)) < 0.02 * SPEECH_RATE


@pytest.mark.parametrize("threshold", [None, "-30 LU"])
@pytest.mark.parametrize("offset", [0.0, 0.01])
def test_a_voice_is_cut_at_the_same_frames_however_loud_it_is(threshold, offset):
    """An offset of 1 % of full scale, twenty times as strong as the softest of these, is silence."""
    given = {} if threshold is None else {"threshold": threshold}
    x = np.pad(SPEECH[None], ((0, 0), (9000, 33_000)))
    lengths = set()
    for level in (0, -20, -40):
        softer = x * np.float32(10 ** (level / 20)) + np.float32(offset)
        lengths.add(made(trim_silence, stream(softer, rate=SPEECH_RATE), rate=SPEECH_RATE, **given).frames)
    assert max(lengths) - min(lengths) <= 0.02 * SPEECH_RATE
    assert min(lengths) > SPEECH.size * 0.9 and max(lengths) < SPEECH.size + 0.15 * SPEECH_RATE


def test_sound_too_soft_to_have_a_loudness_is_kept_whole_and_it_is_said():
    notes = []
    x = between(20_000, 20_000) * np.float32(1e-5)
    assert np.array_equal(heard(trim_silence(_setup(stream(x), notes))), x)
    assert notes == ["has nothing above -70 LUFS, and is left as it is"]


def test_silence_that_was_put_before_is_cut_too_and_from_any_frame_it_is_the_tail():
    late = made(place, stream(between(5000, 5000)), at=2.0)
    sound = made(trim_silence, late)
    assert sound.start == 0 and sound.frames < 16_000
    assert_seeks(sound, (0, 1, 3000, 9999))


def test_with_a_threshold_in_db_a_long_tail_is_not_read_twice():
    x, opened = between(0, 2_000_000), []
    inner = stream(x)

    def chunks(first):
        for part in inner.chunks(first):
            opened.append(part.shape[1])
            yield part

    made(trim_silence, Stream(RATE, 2, x.shape[1], chunks=chunks), threshold="-50 dB")
    assert 2_000_000 <= sum(opened) < 3_200_000  # steps that double, and overshoot once


def test_with_a_threshold_in_db_planning_hears_next_to_nothing_of_a_sound_that_begins_and_ends_at_once():
    x, opened = between(0, 0, 2_000_000), []
    inner = stream(x)

    def chunks(first):
        for part in inner.chunks(first):
            opened.append(part.shape[1])
            yield part

    made(trim_silence, Stream(RATE, 2, x.shape[1], chunks=chunks), threshold="-50 dB")
    assert sum(opened) < 3 * CHUNK


def test_of_silence_the_room_is_left_and_it_is_said():
    notes = []
    node = trim_silence(_setup(stream(np.zeros((1, 50_000), np.float32)), notes))
    assert node.frames == 2205 and not heard(node).any()
    assert notes == ["finds no sound: 0.05 s of it are kept"]
    assert trim_silence(_setup(stream(np.zeros((1, 50_000), np.float32)), notes), keep=0.0).frames == 1


def test_of_what_never_ends_only_the_start_can_be_cut():
    endless = made(hiss)
    with pytest.raises(NodeError, match="never ends: give it a length, or say `ends: start`"):
        made(trim_silence, endless)
    assert made(trim_silence, made(place, endless, at=3.0), ends="start").frames is None


def test_what_is_silent_for_ever_is_refused():
    sound = Stream(1000, 1, None, chunks=lambda first: repeat(np.zeros((1, 5000), np.float32)))
    with pytest.raises(NodeError, match="silent for 10 minutes and never ends"):
        made(trim_silence, sound, rate=1000, ends="start")
    assert made(trim_silence, made(silence, length=9.0), ends="start").frames == 2205  # known to be silent


def _setup(sound, notes):
    return Setup(RATE, (sound,), notes.append)
