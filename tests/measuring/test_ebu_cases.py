"""Every synthetic test signal of EBU Tech 3341 and 3342, made from its recipe."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import firwin, upfirdn

from audiograph.measuring import Meter
from audiograph.measuring.gating import momentary, short_term

RATE = 48_000
CASES = json.loads(Path("tests/data/ebu_3341_3342_recipes.json").read_text())
LOUD, RANGE = CASES["3341"], CASES["3342"]


def amplitude(decibels):
    return 0.0 if decibels is None else 10 ** (decibels / 20)


def tone(segments, freq=1000):
    """A sine of parts (seconds, dB of full scale, None for silence), its phase going on."""
    levels = np.concatenate([np.full(round(seconds * RATE), amplitude(db)) for seconds, db in segments])
    return levels * np.sin(2 * np.pi * freq * np.arange(len(levels)) / RATE)


def measured(*channels):
    meter = Meter(RATE, len(channels))
    meter.write(np.array(channels, np.float32))
    return meter


def in_stereo(segments):
    wave = tone(segments)
    return measured(wave, wave)


def segments(case):
    return case["segments_s_dBFSpeak"]


@pytest.mark.parametrize("number", ["1", "2"])
def test_a_steady_tone_reads_alike_on_all_three_scales(number):
    expect, levels = LOUD[number]["expect"], in_stereo(segments(LOUD[number])).levels()
    for found in (levels.integrated_lufs, levels.max_momentary_lufs, levels.max_short_term_lufs):
        assert found == pytest.approx(expect["I"], abs=expect["tol"])


@pytest.mark.parametrize("number", ["3", "4", "5"])
def test_gates_leave_out_what_is_too_quiet(number):
    expect, levels = LOUD[number]["expect"], in_stereo(segments(LOUD[number])).levels()
    assert levels.integrated_lufs == pytest.approx(expect["I_LUFS"], abs=expect["tol"])


def test_five_channels_are_weighted():
    peaks = LOUD["6"]["per_channel_peak_dBFS"]
    levels = measured(*(tone([(20, peaks[name])]) for name in ("L", "R", "C", "Ls", "Rs"))).levels()
    assert levels.integrated_lufs == pytest.approx(LOUD["6"]["expect"]["I_LUFS"], abs=0.1)


def test_short_term_is_steady_where_the_pattern_is_three_seconds():
    values = short_term(in_stereo(segments(LOUD["9"])).power())
    assert np.abs(values + 23).max() <= 0.1


def test_momentary_is_steady_where_the_pattern_is_400_ms():
    values = momentary(in_stereo(segments(LOUD["12"])).power())
    assert np.abs(values[60:] + 23).max() <= 0.1


@pytest.mark.parametrize("i", range(20))
def test_a_tone_of_three_seconds_is_caught_wherever_it_begins(i):
    levels = in_stereo([(i * 0.15, None), (3, -23), (1, None)]).levels()
    assert levels.max_short_term_lufs == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize("i", range(20))
def test_a_tone_of_400_ms_is_caught_wherever_it_begins(i):
    levels = in_stereo([(i * 0.02, None), (0.4, -23), (1, None)]).levels()
    assert levels.max_momentary_lufs == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize(("number", "length", "shift"), [("11", 3.0, 0.15), ("14", 0.4, 0.02)])
def test_louder_and_louder_tones_are_each_caught(number, length, shift):
    assert re.search(f"-38\\+i; {length:g}", LOUD[number]["segments"].replace("400", "0.4"))
    meter = Meter(RATE, 2)
    for i in range(20):
        wave = tone([(i * shift, None), (length, -38 + i), (length - i * shift, None)])
        meter.write(np.array([wave, wave], np.float32))
        levels = meter.levels()
        found = levels.max_short_term_lufs if number == "11" else levels.max_momentary_lufs
        assert found == pytest.approx(-38 + i, abs=0.1)


def within(found, expect):
    return -expect["tol_minus"] <= found - expect["maxTP_dBTP"] <= expect["tol_plus"]


@pytest.mark.parametrize("number", ["15", "16", "17", "18", "19"])
def test_true_peaks_of_sines_between_the_samples(number):
    case = LOUD[number]
    n, fade = np.arange(RATE), RATE // 100
    divisor, phase = int(case["freq"].removeprefix("fs/")), np.radians(case["phase_deg"])
    wave = case["amp_FFS"] * np.sin(2 * np.pi * n / divisor + phase)
    wave *= np.minimum(1, np.minimum(n, n[::-1]) / fade)
    assert within(measured(wave, wave).levels().true_peak_dbtp, case["expect"])


@pytest.mark.parametrize("number", ["20", "21", "22", "23"])
def test_a_true_peak_of_one_period_wherever_its_samples_fall(number):
    case = LOUD[number]
    quiet = 0.5 * np.sin(2 * np.pi * np.arange(24 * 200) / 24)  # fs / 6 at 4 fs
    fine = np.concatenate([quiet, np.sin(2 * np.pi * np.arange(16) / 16), quiet])
    wave = upfirdn(firwin(255, 0.25), fine[case["decimation_offset"] :], 1, 4)
    n = np.arange(len(wave))
    wave *= np.minimum(1, np.minimum(n, n[::-1]) / 480)
    assert within(measured(wave, wave).levels().true_peak_dbtp, case["expect"])


@pytest.mark.parametrize("number", ["1", "2", "3", "4"])
def test_loudness_ranges(number):
    expect, levels = RANGE[number]["expect"], in_stereo(segments(RANGE[number])).levels()
    assert levels.loudness_range_lu == pytest.approx(expect["LRA"], abs=expect["tol"])
