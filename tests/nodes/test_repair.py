"""Repair: wrapped samples are restored, a DC offset is removed, and nothing else changes."""

import effects
import numpy as np
import pytest
import soundfile
import soxr
from mixes import ROOT
from timelines import assert_seeks, heard, made

from audiograph.nodes.repair import repair
from audiograph.nodes.source import source
from audiograph.testing.effects import CUTS

RATE = 44_100
FULL = 32_768


def recording(name, rate):
    """Some seconds, in mono, its highest peak at full scale."""
    x, own = soundfile.read(ROOT / "tests/data" / name, dtype="float32", always_2d=True)
    x = soxr.resample(x.mean(1), own, rate, "HQ")
    return x / np.abs(x).max()


def wrapped(x):
    """The result of `(x * 32768).astype(int16)`, and the samples as they should be."""
    right = np.trunc(x.astype(float) * FULL)
    return ((right + FULL) % (2 * FULL) - FULL) / FULL, right / FULL


def clipped(x):
    return np.clip(np.trunc(x.astype(float) * FULL), -FULL, FULL - 1) / FULL


def mended(x, dc=False, rate=RATE):
    x = np.atleast_2d(x).astype(np.float32)
    late = effects.made(repair, x, dc=dc, rate=rate).latency
    return effects.play(repair, np.pad(x, ((0, 0), (0, late))), dc=dc, rate=rate)[:, late:]


def unwrapped_slowly(x):
    """The method of the module's docstring, for sounds whose wraps are far apart."""
    y = x.copy()
    jumps = np.flatnonzero(np.abs(np.diff(x)) > 1.25) + 1
    for down, up in zip(jumps[::2], jumps[1::2], strict=True):
        y[down:up] -= 2 * np.sign(x[down:up].sum())
    return y


@pytest.mark.parametrize("given", [{}, {"dc": False}], ids=str)
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_blocks_change_no_bit_of_a_wrap_and_machine_code_mends_it_as_python_does(channels, given):
    x = np.tile(wrapped(recording("speech.flac", RATE) * 1.2)[0], (channels, 1)).astype(np.float32)
    wrap = int(np.abs(np.diff(x[0])).argmax())
    x = np.ascontiguousarray(x[:, wrap - 4000 : wrap + 4000])
    effect = effects.made(repair, x, **given)
    whole = effects.run(effect, effect.state(), x, sizes=(8000,))
    for sizes in CUTS:
        assert effects.run(effect, effect.state(), x, sizes=sizes).tobytes() == whole.tobytes(), sizes
    part = x[:, 3300:4700]
    plain = effects.run(effect, effect.state(), part, python=True)
    np.testing.assert_allclose(effects.run(effect, effect.state(), part), plain, rtol=0, atol=1e-6)


@pytest.mark.parametrize("rate", [24_000, 32_000, 44_100, 48_000])
@pytest.mark.parametrize("name", ["speech.flac", "speech.mp3", "music.ogg"])
@pytest.mark.parametrize("turned", [1, -1])
def test_a_lone_peak_of_exactly_full_scale_is_put_back(rate, name, turned):
    x = recording(name, rate) * turned
    x *= np.sign(x[np.abs(x).argmax()])  # the peak is positive: of -1.0 nothing wraps
    broken, _ = wrapped(x)
    assert broken.min() == -1 and (np.abs(broken - x) > 1).sum() >= 1
    np.testing.assert_allclose(mended(broken)[0], x, rtol=0, atol=1.01 / FULL)


@pytest.mark.parametrize(("gain", "part"), [(1.1, 1.0), (1.3, 0.98), (1.6, 0.9)])
@pytest.mark.parametrize("name", ["speech.flac", "speech.mp3"])
def test_peaks_past_full_scale_are_put_back_to_the_bit(name, gain, part):
    broken, right = wrapped(recording(name, RATE) * gain)
    found, wrong = mended(broken)[0], np.abs(broken - right) > 1
    assert wrong.sum() >= 5
    assert np.mean(found[wrong] == right[wrong]) >= part
    assert np.array_equal(found[~wrong], right[~wrong])


def test_it_is_its_reference():
    broken, right = wrapped(recording("speech.mp3", RATE) * 1.05)
    expected = unwrapped_slowly(broken)
    assert np.array_equal(expected, right)
    assert np.array_equal(mended(broken)[0], expected)


def sibilants(rate):
    """Parts of 80 ms of real voices, an s of which has its highest peak, at exactly 1.0."""
    found = []
    for name in ("tests/data/speech.flac", "graphs/audio/guest.flac", "graphs/audio/voice.mp3"):
        x, own = soundfile.read(ROOT / name, dtype="float32", always_2d=True, frames=12 * 44_100)
        x = x.mean(1) if own == rate else soxr.resample(x.mean(1), own, rate, "HQ")
        near = np.full(rate // 50, 50 / rate)
        hiss, whole = (np.convolve(each**2, near, "same") for each in (np.diff(x, prepend=0), x))
        hisses = np.where((hiss > whole) & (hiss > 1e-5), x, 0)
        for first in range(0, len(x) - rate // 2, rate // 2):
            for sign in (1, -1):
                part = hisses[first : first + rate // 2] * sign
                at = first + int(part.argmax())
                if part.max() > 0 and at > rate // 25:
                    y = x[at - rate // 25 : at + rate // 25] * sign / part.max()
                    if (np.abs(y) > 0.999).sum() == 1:
                        found.append(np.clip(np.trunc(y.astype(float) * FULL), -FULL, FULL) / FULL)
    return found


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 22_050, 24_000])
def test_a_lone_peak_of_full_scale_in_an_s_is_put_back_and_the_other_end_is_left_alone(rate):
    parts = sibilants(rate)
    assert len(parts) >= 8
    right = [np.array_equal(mended(wrapped(x)[0])[0], x.astype(np.float32)) for x in parts]
    assert sum(right) >= len(parts) - (2 if rate == 8000 else 0)
    for x in parts:
        assert np.array_equal(mended(-x)[0], -x.astype(np.float32))


def test_a_wrap_in_speech_that_is_clipped_elsewhere_is_put_back():
    x = recording("speech.flac", 22_050)
    x[:2000], x[-2000:] = np.clip(x[:2000] * 50, -1, 0.99), 0
    broken, right = wrapped(x / x.max())
    assert (broken != right).sum() == 1
    assert np.array_equal(mended(broken)[0], right)


@pytest.mark.parametrize("gain", [1, 2, 4, 8, 30])
@pytest.mark.parametrize("name", ["speech.flac", "speech.mp3", "music.ogg"])
@pytest.mark.parametrize("rate", [8000, 11_025, 24_000, 44_100])
def test_loud_and_clipped_sound_is_left_alone(name, gain, rate):
    x = clipped(recording(name, rate) * gain)
    assert np.array_equal(mended(x)[0], x)


@pytest.mark.parametrize("freq", [30, 440, 997, 3000, 7000, 11_025])
@pytest.mark.parametrize("level", [1, 0.9, 0.7])
@pytest.mark.parametrize("duty", [0.5, 0.1])
def test_square_and_pulse_waves_are_left_alone(freq, level, duty):
    turns = freq / RATE * np.arange(20_000) % 1
    x = clipped(level * np.where(turns < duty, -1.0, 1.0))
    assert np.array_equal(mended(x)[0], x)


@pytest.mark.parametrize("level", [0.5, 1, 4])
def test_noise_is_left_alone(level):
    x = clipped(np.random.default_rng(3).uniform(-level, level, 50_000))
    assert np.array_equal(mended(x)[0], x)


def test_what_is_below_5_hz_goes_and_a_voice_is_as_it_was():
    tone = effects.tone(RATE, 80)
    was, now = (np.sqrt(np.mean(np.square(each[0, RATE // 2 :]))) for each in (tone, mended(tone, dc=True)))
    assert abs(effects.in_db(now / was)) < 0.03
    slow = mended(effects.tone(3 * RATE, 0.5), dc=True)[0, RATE:]
    assert effects.in_db(np.abs(slow).max()) == pytest.approx(-20, abs=0.2)


def test_an_offset_is_followed_as_a_one_pole_mean_that_begins_with_a_weighted_one():
    x = effects.noise(1, 9000, 0.3) + np.float32(0.2)
    window = (1 - np.linspace(-1, 1, 4412)[1:-1] ** 2) ** 2
    keep, expected = np.exp(-2 * np.pi * 5 / RATE), []
    mean = np.average(x[0, 1:4411].astype(float), weights=window)
    for value in x[0].astype(float):
        mean = keep * mean + (1 - keep) * value
        expected.append(value - mean)
    np.testing.assert_allclose(mended(x, dc=True)[0], expected, rtol=0, atol=1e-6)


SPEECH = {rate: recording("speech.flac", rate)[rate // 8 :] / 4 for rate in (8000, RATE)}


@pytest.mark.parametrize("rate", [8000, RATE])
@pytest.mark.parametrize("offset", [0.1, -0.01, 1e-4])
@pytest.mark.parametrize("first", [0, 0.1, 0.37], ids=["quiet", "in a word", "in an s"])
def test_an_offset_is_off_from_the_first_frame(rate, offset, first):
    x = SPEECH[rate][int(first * rate) :]
    without = mended(x, dc=True, rate=rate)[0]
    assert np.abs(mended(x + np.float32(offset), dc=True, rate=rate)[0] - without).max() < 1e-6
    assert np.abs(without - x)[: rate // 100].max() < 0.015 * np.abs(x).max()


def test_each_clip_between_silences_loses_its_own_offset_at_both_ends():
    one, rest = SPEECH[RATE][: RATE // 2], np.zeros(RATE // 20, np.float32)
    clips = [one, one / 2, one[: RATE // 12]]
    x, plain = (
        np.concatenate([part for k, clip in enumerate(clips) for part in (rest, clip + by[k])] + [rest])
        for by in ((0.1, -0.2, 0.05), (0, 0, 0))
    )
    assert np.abs(mended(x, dc=True)[0] - mended(plain, dc=True)[0]).max() < 1e-6
    assert not mended(x, dc=True)[0, : len(rest)].any() and not mended(x, dc=True)[0, -len(rest) :].any()


def test_a_clip_that_fades_in_with_its_offset_begins_softly():
    ramp = np.minimum(1, np.arange(RATE) / (0.1 * RATE))
    y = mended((0.1 + SPEECH[RATE][:RATE] * 0) * ramp, dc=True)[0]
    assert np.abs(y[:441]).max() < 0.1 * 0.1


def test_a_click_of_less_than_30_ms_and_silence_have_no_offset():
    x = np.zeros(RATE // 2)
    x[1000:2000] = 0.5
    y = mended(x, dc=True)[0]
    assert y[1000] == pytest.approx(0.5, abs=1e-3) and not y[:1000].any() and not y[2000:].any()


@pytest.mark.parametrize("own", [24_000, 32_000, 44_100, 48_000])
def test_a_source_mends_before_it_resamples(tmp_path, own):
    x = recording("speech.flac", own)
    broken, right = wrapped(np.stack([x * 1.1, -x * 1.05]))
    soundfile.write(tmp_path / "broken.wav", broken.T, own, "PCM_16")
    soundfile.write(tmp_path / "right.wav", right.T, own, "FLOAT")
    plain = heard(made(source, file=tmp_path / "broken.wav"))
    sound = made(source, file=tmp_path / "broken.wav", repair=True)
    expected = heard(made(source, file=tmp_path / "right.wav"))
    assert np.abs(plain - expected).max() > 1
    np.testing.assert_allclose(heard(sound), expected, rtol=0, atol=1e-6)


def test_a_mended_source_begins_anywhere(tmp_path):
    broken, right = wrapped(recording("speech.mp3", RATE) * 1.3)
    soundfile.write(tmp_path / "x.wav", broken, RATE, "PCM_16")
    wraps = np.flatnonzero(np.abs(broken - right) > 1)
    firsts = [int(frame) + by for frame in wraps[:: len(wraps) // 5] for by in (-1, 0, 1, 200)]
    assert_seeks(made(source, file=tmp_path / "x.wav", repair=True), firsts)
