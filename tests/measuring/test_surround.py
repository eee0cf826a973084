"""One programme in surround measures alike in every format, and as ffmpeg measures it."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tones import LAYOUTS, RATE, by_ffmpeg

from audiograph.audiofile import Writer, encoding
from audiograph.dsp.speakers import mask, usual
from audiograph.measuring import Meter
from audiograph.measuring.whole_files import measure

pytestmark = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")
DATA = Path(__file__).parents[1] / "data"
FORMATS = ("wav", "flac", "ogg", "opus", "caf", "aiff", "w64")
GAINS = {"FL": 0.15, "FR": 0.1, "FC": 0.5, "LFE": 0.9, "BL": 0.4, "BR": 0.3, "SL": 0.4, "SR": 0.35, "BC": 0.2}


def programme(layout):
    """Speech in the centre, parts of it all around, each at another time, and a loud LFE."""
    speech, rate = soundfile.read(DATA / "speech.flac", dtype="float32")
    at = np.arange(6 * RATE) * (rate / RATE)
    speech = np.interp(at % len(speech), np.arange(len(speech)), speech).astype(np.float32)
    speech *= 0.5 / np.abs(speech).max()
    deep = 0.5 * np.sin(np.arange(6 * RATE) * (2 * np.pi * 50 / RATE))
    rows = [
        GAINS[name] * (deep if name == "LFE" else np.roll(speech, 7001 * place))
        for place, name in enumerate(layout.split())
    ]
    return np.array(rows, np.float32)


def loudness_by_ffmpeg(path):
    words = [
        "ffmpeg",
        "-hide_banner",
        "-nostats",
        "-i",
        str(path),
        "-af",
        "ebur128=metadata=1,ametadata=print",
    ]
    said = subprocess.run([*words, "-f", "null", "-"], capture_output=True, text=True, check=True).stderr
    return float(re.findall(r"lavfi\.r128\.I=(-?[\d.]+)", said)[-1])


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("name", ["3.0", "quad", "5.0", "5.1"])
def test_surround_is_as_loud_in_every_format_as_ffmpeg_says(tmp_path, name, suffix):
    x = programme(LAYOUTS[name])
    reference = measure((x, RATE)).integrated_lufs
    path = tmp_path / f"x.{suffix}"
    bitrate = 96 * len(x) if suffix in ("ogg", "opus") else None
    with Writer(path, RATE, len(x), encoding(path, bitrate=bitrate), x.shape[1]) as file:
        file.write(x)
    assert measure(path).integrated_lufs == pytest.approx(reference, abs=0.1)
    if suffix != "w64":  # which names no speakers, so that ffmpeg counts the LFE too
        assert loudness_by_ffmpeg(path) == pytest.approx(reference, abs=0.1)


@pytest.mark.parametrize(("suffix", "options"), [
    ("wav", []), ("flac", []), ("ogg", ["-c:a", "libvorbis", "-b:a", "500k"]),
    ("opus", ["-c:a", "libopus", "-mapping_family", "1", "-b:a", "400k"]),
])  # fmt: skip
def test_what_ffmpeg_writes_in_5_1_is_as_loud(tmp_path, suffix, options):
    x = programme(LAYOUTS["5.1"])
    path = by_ffmpeg(tmp_path / f"x.{suffix}", "5.1", x, *options)
    assert measure(path).integrated_lufs == pytest.approx(measure((x, RATE)).integrated_lufs, abs=0.1)


@pytest.mark.parametrize("suffix", ["flac", "ogg", "opus"])
@pytest.mark.parametrize("name", ["6.1", "7.1"])
def test_wider_sound_is_as_loud_in_every_format(tmp_path, name, suffix):
    """ffmpeg counts what is behind by 1.5 dB more; BS.1770-5 does so only up to 120 degrees."""
    x = programme(LAYOUTS[name])
    path = tmp_path / f"x.{suffix}"
    bitrate = 96 * len(x) if suffix in ("ogg", "opus") else None
    with Writer(path, RATE, len(x), encoding(path, bitrate=bitrate), x.shape[1]) as file:
        file.write(x)
    assert measure(path).integrated_lufs == pytest.approx(measure((x, RATE)).integrated_lufs, abs=0.1)


@pytest.mark.parametrize(
    ("name", "names"), [("2.1", "FL FR LFE"), ("4.0", "FL FR FC BC"), ("4.1", "FL FR FC LFE BC")]
)
def test_the_mask_of_a_file_tells_its_lfe_and_its_surrounds(tmp_path, name, names):
    x = programme(names)
    path = by_ffmpeg(tmp_path / "x.wav", name, x)
    meter = Meter(RATE, len(x), mask(names.split()))
    meter.write(x)
    assert mask(names.split()) != usual(len(x))
    assert measure(path).integrated_lufs == pytest.approx(meter.levels().integrated_lufs, abs=0.02)
    if "BC" not in names:
        assert loudness_by_ffmpeg(path) == pytest.approx(meter.levels().integrated_lufs, abs=0.1)
