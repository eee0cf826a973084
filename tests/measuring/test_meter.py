"""A meter: block sizes change nothing, silence is silence, channels have their weights."""

from math import inf

import numpy as np
import pytest
import soundfile
from conftest import noise
from hypothesis import given, settings
from hypothesis import strategies as st

from audiograph.dsp.extremes import RUN
from audiograph.dsp.metering import boundary, meter, meter_coefs, meter_state, steps_within
from audiograph.errors import NotFinite
from audiograph.measuring import Levels, Meter, PowerMeter


def heard(x, rate=48_000, sizes=None):
    found, at = Meter(rate, len(x)), 0
    for size in sizes or [x.shape[1]]:
        found.write(np.ascontiguousarray(x[:, at : at + size]))
        at += size
    found.write(x[:, at:])
    return found


def sine(seconds=5.0, lufs_of_stereo=-23.0, rate=48_000, freq=997.0):
    n = np.arange(round(seconds * rate))
    return (10 ** (lufs_of_stereo / 20) * np.sin(2 * np.pi * freq * n / rate)).astype(np.float32)


def music():
    x, rate = soundfile.read("graphs/audio/music.ogg", dtype="float32", frames=200_000)
    return np.ascontiguousarray(x.T), rate


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 9000), max_size=12), st.sampled_from([1, 2, 3]))
def test_blocks_of_any_size_change_no_bit(sizes, channels):
    x = noise(channels, 40_000) * np.linspace(0, 2.2, 40_000, dtype=np.float32)
    whole, parts = heard(x, 44_100), heard(x, 44_100, sizes)
    assert np.array_equal(whole.power(), parts.power()) and whole.levels() == parts.levels()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 300_000), st.integers(0, 5000), st.sampled_from([8000, 11_025, 22_050, 44_100]))
def test_silence_is_what_zeros_are(quiet, before, rate):
    x = noise(2, before)
    told, written = heard(x, rate), heard(x, rate)
    told.silence(quiet)
    written.write(np.zeros((2, quiet), np.float32))
    for each in (told, written):
        each.write(noise(2, 3000, 1))
    assert told.levels() == written.levels() and np.array_equal(told.power(), written.power())


def test_ten_hours_of_silence_take_no_time_and_steps_of_4_bytes():
    found = Meter(44_100, 2)
    found.silence(36_000 * 44_100)
    assert len(found.power()) == 3_600_000 and found._power.nbytes <= 4 * 3_600_000


@given(st.integers(4000, 768_000), st.integers(0, 10**7))
def test_steps_are_ten_milliseconds_and_never_drift(rate, step):
    begin = boundary(step, rate)
    assert abs(begin - step * rate / 100) <= 0.5
    assert steps_within(begin, rate) == step and (begin == 0 or steps_within(begin - 1, rate) == step - 1)


def test_the_kernel_is_the_same_in_plain_python():
    x, power = noise(3, 1500) * 2, np.zeros((2, 8), np.float32)
    states = [meter_state(3), meter_state(3)]
    for run, out, state in zip((meter, meter.function), power, states, strict=True):
        state.new[0] = 1500
        run(x, out, meter_coefs(44_100, 3), state)
    assert np.allclose(power[0], power[1], rtol=1e-5) and power[0, 2] > 0 == power[0, 3]
    assert np.array_equal(states[0].counts, states[1].counts)
    assert np.allclose(states[0].tops.view(np.float32), states[1].tops.view(np.float32), rtol=1e-6)
    assert np.allclose(states[0].totals, states[1].totals)


def test_a_sine_in_one_front_channel_at_full_scale_is_3_01_below():
    for channels, channel in ((1, 0), (2, 1), (6, 2)):
        x = np.zeros((channels, 48_000), np.float32)
        x[channel] = sine(1, 0)
        assert heard(x).levels().integrated_lufs == pytest.approx(-3.01, abs=0.01)


def test_surround_counts_1_5_db_more_and_the_lfe_nothing():
    x = np.zeros((6, 48_000), np.float32)
    x[4] = sine(1, 0)
    assert heard(x).levels().integrated_lufs == pytest.approx(-3.01 + 1.49, abs=0.01)
    x[3], x[4] = x[4].copy(), 0
    levels = heard(x).levels()
    assert levels.integrated_lufs == -inf and levels.true_peak_dbtp == pytest.approx(0, abs=0.02)


def test_silence_measures_nothing_and_says_so():
    found = Meter(48_000, 2)
    found.silence(100_000)
    assert found.levels() == Levels(
        -inf, None, -inf, -inf, -inf, -inf, None, 0.0, 100_000 / 48_000, 100_000 / 48_000, 0, 0,
        100_000 / 48_000, 48_000, 2,
    )  # fmt: skip
    assert found.levels().note == "silent"


def test_a_sound_of_less_than_400_ms_has_peaks_but_no_loudness_and_says_so():
    levels = heard(sine(0.39)[None]).levels()
    assert levels.integrated_lufs == levels.max_momentary_lufs == -inf and levels.loudness_range_lu is None
    assert levels.sample_peak_dbfs == pytest.approx(-23, abs=0.01)
    assert levels.note == "shorter than 400 ms: no loudness"
    assert heard(sine(0.4)[None]).levels().note == ""


def test_a_meter_that_has_heard_nothing_tells_that():
    levels = Meter(48_000, 1).levels()
    assert levels.duration_s == 0 and levels.integrated_lufs == -inf and levels.dc == 0


def test_what_is_too_quiet_for_a_gate_is_told_from_silence():
    assert heard(sine(1, -80)[None]).levels().note == "nothing above -70 LUFS: no loudness"


def test_correlation_is_1_for_the_same_minus_1_for_the_opposite_and_0_for_strangers():
    a, b = noise(2, 48_000)
    assert heard(np.stack([a, a])).levels().correlation == pytest.approx(1)
    assert heard(np.stack([a, -0.3 * a])).levels().correlation == pytest.approx(-1)
    assert heard(np.stack([a, b])).levels().correlation == pytest.approx(0, abs=0.02)
    assert (
        heard(np.stack([a, 0 * a])).levels().correlation is None
        and heard(a[None]).levels().correlation is None
    )


def test_correlation_and_dc_are_those_of_numpy():
    x, rate = music()
    x[1] -= np.float32(0.01)
    levels, (left, right) = heard(x, rate).levels(), x.astype(float)
    expected = (left * right).sum() / np.sqrt((left**2).sum() * (right**2).sum())
    assert levels.correlation == pytest.approx(expected, rel=1e-9)
    assert levels.dc == pytest.approx(right.mean(), rel=1e-9)


def test_silence_at_the_ends_is_what_is_below_minus_60_db():
    x = np.full((2, 48_000), 0.0009, np.float32)
    x[1, 12_000], x[0, 36_000] = 0.0011, -0.0011
    levels = heard(x, sizes=[11_999, 2, 23_000]).levels()
    assert (levels.silence_start_s, levels.silence_end_s) == (12_000 / 48_000, (48_000 - 36_001) / 48_000)


def test_clipping_is_counted_in_samples_and_in_runs_of_three():
    x = np.zeros((2, 5000), np.float32)
    full = 32767 / 32768
    x[0, 10:12] = full  # two may be a peak that just fits
    x[0, 509:515] = 1.0  # over the end of a part
    x[1, 600:603] = -full
    x[1, 4999] = 1.5
    levels = heard(x, sizes=[511, 1, 90]).levels()
    assert (levels.clipped, levels.clipped_runs) == (2 + 6 + 3 + 1, 2) and RUN == 3


def test_a_16_bit_file_at_full_scale_is_clipped_and_one_below_is_not():
    wave = np.clip(np.round(40_000 * sine(1, 0)), -32_768, 32_767)
    assert heard((wave / 32_768)[None].astype(np.float32)).levels().clipped_runs == 2 * 997
    assert heard((wave * 0.999 / 32_768)[None].astype(np.float32)).levels().clipped == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_sample_that_is_no_number_is_refused_with_its_place(bad):
    x = noise(2, 10_000)
    x[1, 7001] = bad
    with pytest.raises(NotFinite) as error:
        heard(x, sizes=[500])
    assert (error.value.channel, error.value.frame) == (1, 7001)


def test_looking_away_where_it_cannot_be_higher_misses_no_peak():
    x, rate = music()
    from audiograph.dsp.true_peak import interpolator

    longer = np.pad(x.astype(float), ((0, 0), (20, 20)))
    exact = max(
        np.abs(np.convolve(row, interpolator(fraction))).max()
        for row in longer
        for fraction in (0.25, 0.5, 0.75)
    )
    exact = max(exact, np.abs(x).max())
    assert heard(x, rate).levels().true_peak_dbtp == pytest.approx(20 * np.log10(exact), abs=1e-5)


def test_filters_come_to_rest_after_a_sound():
    found = heard(noise(2, 1000))
    found.silence(10_000_000)
    assert not found._state.past.any() and found.power()[-1] == 0


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_a_meter_of_power_alone_has_the_same_bits(channels):
    x, whole, power = noise(channels, 60_000), Meter(44_100, channels), PowerMeter(44_100, channels)
    for each in (whole, power):
        each.write(x[:, :777])
        each.silence(100_000)
        each.write(x[:, 777:])
    assert power.power().tobytes() == whole.power().tobytes() and power.frames == whole.frames
    with pytest.raises(TypeError, match="use a Meter"):
        power.levels()
    x[0, 12_345] = np.nan
    with pytest.raises(NotFinite):
        power.write(x)
