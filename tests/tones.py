"""A tone of its own for each speaker, so that a channel can be recognised by its sound."""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import soundfile

from audiograph.sound import Audio

RATE = 48_000
FREQS = {
    "FL": 300, "FR": 400, "FC": 500, "LFE": 60, "BL": 700, "BR": 800, "SL": 900, "SR": 1000, "BC": 1100,
    "FLC": 1200, "FRC": 1300,
}  # fmt: skip
LAYOUTS = {  # ffmpeg's names
    "3.0": "FL FR FC", "quad": "FL FR BL BR", "5.0": "FL FR FC BL BR", "5.1": "FL FR FC LFE BL BR",
    "6.1": "FL FR FC LFE BC SL SR", "7.1": "FL FR FC LFE BL BR SL SR",
}  # fmt: skip


def tones(names: str, seconds: float = 0.5) -> Audio:
    """Of shape (channels, frames)."""
    t = np.arange(round(RATE * seconds)) / RATE
    return np.array([0.2 * np.sin(2 * np.pi * FREQS[name] * t) for name in names.split()], np.float32)


def who(x: Audio) -> str:
    """The speaker that is heard in each channel; a dash for silence."""
    found = []
    for channel in x[:, -RATE // 5 :]:
        power = np.abs(np.fft.rfft(channel * np.hanning(len(channel))))
        freq = int(power.argmax()) * RATE / len(channel)
        name = min(FREQS, key=lambda name: abs(FREQS[name] - freq))
        found.append(name if power.max() > 20 else "-")
    return " ".join(found)


def by_ffmpeg(path: Path, layout: str, x: Audio, *options: str) -> Path:
    """Have ffmpeg write a sound of this layout."""
    raw = path.with_suffix(".raw")
    np.ascontiguousarray(x.T).tofile(raw)
    words = ["-f", "f32le", "-ar", str(RATE), "-channel_layout", layout, "-i", str(raw), *options]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *words, str(path)], check=True)
    return path


def of_ffmpeg(path: Path, channels: int, options: Iterable[str] = ()) -> Audio:
    """What ffmpeg decodes, with the channels in its own order, which is that of WAV files."""
    words = ["ffmpeg", "-v", "error", "-i", str(path), *options, "-f", "f32le", "-"]
    raw = subprocess.run(words, check=True, capture_output=True).stdout
    return np.frombuffer(raw, "<f4").reshape(-1, channels).T


def layout_by_ffmpeg(path: Path) -> str:
    """ffmpeg's name of the channel layout of a file."""
    words = ["ffprobe", "-v", "error", "-show_entries", "stream=channel_layout", "-of", "json", str(path)]
    shown = json.loads(subprocess.run(words, check=True, capture_output=True).stdout)
    return str(shown["streams"][0].get("channel_layout", "unknown"))


def wav(path: Path, x: Audio, subtype: str = "FLOAT") -> Path:
    """A plain WAV file, which says nothing of its speakers."""
    soundfile.write(path, x.T, RATE, subtype, format="WAV")
    return path
