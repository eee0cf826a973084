"""The same sounds measured by libebur128 and FFmpeg."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pyebur128
import pytest
from pyebur128 import MeasurementMode

from audiograph import measure
from audiograph.audiofile import probe, read

SOUNDS = sorted(
    path
    for folder in ("tests/data", "graphs/audio")
    for path in Path(folder).iterdir()
    if path.suffix in (".flac", ".mp3", ".ogg", ".opus")
)


def libebur128(path):
    """Loudness at 48 kHz, since its filters have another gain at every other rate; true peak as it is."""
    info = probe(path)
    peaks = pyebur128.R128State(info.channels, info.rate, MeasurementMode.MODE_TRUE_PEAK)
    loudness = pyebur128.R128State(info.channels, 48_000, MeasurementMode.MODE_I)
    for state, rate in ((peaks, info.rate), (loudness, 48_000)):
        for x in read(path, info, rate):
            state.add_frames(np.ascontiguousarray(x.T).reshape(-1), x.shape[1])
    peak = max(pyebur128.get_true_peak(peaks, ch) for ch in range(info.channels))
    return pyebur128.get_loudness_global(loudness), 20 * np.log10(peak)


def ffmpeg(path):
    words = ["ffmpeg", "-hide_banner", "-nostats", "-i", path, "-af", "ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stderr.rpartition("Summary")[2]
    return [
        float(re.search(rf"{name}:\s+(-?[\d.]+)", said)[1]) for name in ("I", r"True peak:\s+Peak", "LRA")
    ]


def test_there_are_sounds_to_compare():
    assert len(SOUNDS) >= 6


@pytest.mark.parametrize("path", SOUNDS, ids=lambda path: path.name)
def test_loudness_and_true_peak_are_those_of_libebur128(path):
    levels, (loudness, peak) = measure(path), libebur128(path)
    assert levels.integrated_lufs == pytest.approx(loudness, abs=0.01)
    assert -0.2 < levels.true_peak_dbtp - peak < 0.3  # at low rates its filter, and not ours, reads too low


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="needs ffmpeg")
@pytest.mark.parametrize("name", ["voice.mp3", "music.ogg", "guest.flac"])
def test_loudness_true_peak_and_range_are_those_of_ffmpeg(name):
    path = Path("graphs/audio", name)
    levels, (loudness, peak, spread) = measure(path), ffmpeg(path)
    assert levels.integrated_lufs == pytest.approx(loudness, abs=0.1)  # it prints one decimal
    assert levels.true_peak_dbtp == pytest.approx(peak, abs=0.2)
    assert levels.loudness_range_lu == pytest.approx(spread, abs=0.5)
