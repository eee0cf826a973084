"""Ogg files with noise for the tests: encoded, with their pages rewritten, heard."""

import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import soundfile

from audiograph.audiofile import ogg, probe, read
from audiograph.sound import Audio

ENDED = "is cut short, or was never finished: it has no last page"


def whole(path: Path, first: int = 0) -> Audio:
    info = probe(path)
    parts = [part.copy() for part in read(path, info, info.rate, first)]
    return np.concatenate([np.zeros((info.channels, 0), np.float32), *parts], axis=1)


def noise(seconds: float = 3.0, channels: int = 1, rate: int = 48_000) -> Audio:
    """Smoothed noise, which every codec keeps."""
    x = np.random.default_rng(0).normal(0, 0.1, (round(seconds * rate), channels))
    return np.cumsum(x - np.roll(x, 20, axis=0), axis=0).astype(np.float32) * 0.3


def encoded(codec: str, rate: int = 48_000, seconds: float = 3.0, channels: int = 1) -> bytes:
    """An Ogg file with noise in this codec."""
    file = BytesIO()
    soundfile.write(file, noise(seconds, channels, rate), rate, format="OGG", subtype=codec)
    return file.getvalue()


def pages(data: bytes) -> list[ogg.Page]:
    return ogg.pages(data)[0]


def rewritten(data: bytes, change: Callable[[ogg.Page], tuple[int, int]]) -> bytes:
    """The file with other granule positions and flags, which `change` gives for each page."""
    out = b""
    for page in pages(data):
        granule, flags = change(page)
        out += ogg.rewritten(data, page, page.number, granule, flags)
    return out


def heard(tmp_path: Path, data: bytes) -> tuple[Audio, str]:
    path = tmp_path / "x.ogg"
    path.write_bytes(data)
    x = whole(path)
    assert x.shape[1] == probe(path).frames
    for first in (1, x.shape[1] // 3, x.shape[1] - 1):
        assert np.array_equal(whole(path, first), x[:, first:])
    return x, probe(path).note


def by_ffmpeg(path: Path, channels: int) -> Audio:
    decoder = ["-c:a", "libopus"] if probe(path).subtype == "OPUS" else []
    command = ["ffmpeg", "-v", "quiet", *decoder, "-i", path, "-f", "f32le", "-"]
    pcm = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(pcm, np.float32).reshape(-1, channels).T
