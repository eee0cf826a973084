"""Sounds joined end to end: all of them are heard, at their lengths, from any frame."""

import shutil
import subprocess
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

import audiograph
from audiograph.audiofile import length, probe, read
from audiograph.sound import Audio

DATA = Path(__file__).parents[1] / "data"
PLAY = """\
params:
  voice: {type: file}
rate: 48 kHz
nodes:
  voice: {use: source, file: $voice}
output: voice
"""
needs_ffmpeg = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")

KINDS = {  # name: suffix, rate, channels, options of ffmpeg
    "mp3 cbr": ("mp3", 44_100, 2, ["-b:a", "128k"]),
    "mp3 cbr mono": ("mp3", 22_050, 1, ["-b:a", "48k"]),
    "mp3 vbr": ("mp3", 48_000, 1, ["-q:a", "4"]),
    "mp3 cbr without xing": ("mp3", 44_100, 1, ["-b:a", "64k", "-write_xing", "0"]),
    "mp3 vbr without xing": ("mp3", 24_000, 2, ["-q:a", "2", "-write_xing", "0", "-id3v2_version", "0"]),
    "mp3 with id3v1": ("mp3", 32_000, 2, ["-b:a", "96k", "-write_id3v1", "1", "-metadata", "title=x"]),
    "vorbis": ("ogg", 44_100, 2, ["-c:a", "libvorbis"]),
    "vorbis mono": ("ogg", 22_050, 1, ["-c:a", "libvorbis", "-q:a", "1"]),
    "opus": ("opus", 48_000, 2, ["-c:a", "libopus"]),
    "opus mono": ("opus", 24_000, 1, ["-c:a", "libopus", "-b:a", "24k"]),
    "flac": ("flac", 44_100, 2, []),
    "flac mono": ("flac", 22_050, 1, ["-sample_fmt", "s32"]),
}
CODEC_FRAME = 1152  # frames of MP3, the longest


def whole(path: Path, first: int = 0, rate: int = 0) -> Audio:
    info = probe(path)
    parts = [part.copy() for part in read(path, info, rate or info.rate, first)]
    return np.concatenate([np.zeros((info.channels, 0), np.float32), *parts], axis=1)


def decoded(path: Path, channels: int) -> NDArray[np.float32]:
    """What ffmpeg decodes."""
    decoder = ["-c:a", "libopus"] if path.suffix == ".opus" else []  # that of RFC 6716
    command = ["ffmpeg", "-v", "quiet", *decoder, "-i", path, "-f", "f32le", "-"]
    pcm = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(pcm, np.float32).reshape(-1, channels).T


def encoded(path: Path, seconds: float, rate: int, channels: int, options: Sequence[str], cut: str) -> Path:
    """A part of the speech, encoded by ffmpeg."""
    take = ["-ss", cut, "-t", str(seconds), "-i", str(DATA / "speech.flac")]
    shape = ["-ar", str(rate), "-ac", str(channels)]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *take, *shape, *options, path], check=True)
    return path


def joined(path: Path, *parts: Path) -> Path:
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def written(path: Path, frames: int, seed: int = 0, rate: int = 22_050, channels: int = 1) -> Path:
    """Noise, written by libsndfile in the format of the suffix."""
    x = np.random.default_rng(seed).uniform(-0.5, 0.5, (frames, channels))
    kind = {"opus": "OGG"}.get(path.suffix[1:], path.suffix[1:].upper())
    soundfile.write(path, x, rate, format=kind, subtype="OPUS" if path.suffix == ".opus" else None)
    return path


@needs_ffmpeg
@pytest.mark.parametrize("name", KINDS)
def test_joined_files_have_the_length_and_the_sound_of_their_parts(tmp_path: Path, name: str):
    suffix, rate, channels, options = KINDS[name]
    parts = [
        encoded(tmp_path / f"{nth}.{suffix}", seconds, rate, channels, options, cut)
        for nth, (seconds, cut) in enumerate([(0.9, "0"), (0.55, "0.7"), (0.3, "1.2")])
    ]
    path = joined(tmp_path / f"all.{suffix}", *parts)
    x, own = whole(path), [whole(part) for part in parts]
    by_ffmpeg = [decoded(part, channels) for part in parts]
    assert x.shape[1] == probe(path).frames
    assert abs(x.shape[1] - sum(y.shape[1] for y in by_ffmpeg)) <= CODEC_FRAME
    settled = 2 * CODEC_FRAME if "without" in name else 0  # nothing says where such a part begins
    at = 0
    for mine, theirs in zip(own, by_ffmpeg, strict=True):
        both = min(mine.shape[1], theirs.shape[1])
        assert abs(mine.shape[1] - theirs.shape[1]) <= CODEC_FRAME
        assert np.corrcoef(mine[:, :both].ravel(), theirs[:, :both].ravel())[0, 1] > 0.999
        heard = x[:, at : at + mine.shape[1]]
        assert np.abs(heard[:, settled:] - mine[:, settled:]).max() <= (1e-6 if settled else 0)
        at += mine.shape[1]
    assert probe(path).note == ""
    for first in (1, x.shape[1] // 2, x.shape[1] * 7 // 8, x.shape[1] - 1):
        assert np.array_equal(whole(path, first), x[:, first:])


@pytest.mark.parametrize("suffix", ["wav", "rf64", "w64", "aiff", "au", "caf", "flac", "ogg", "opus", "mp3"])
def test_every_format_that_is_written_can_be_joined(tmp_path: Path, suffix: str):
    rate = 24_000
    parts = [
        written(tmp_path / f"{n}.{suffix}", frames, n, rate) for n, frames in enumerate((9000, 5000, 9000))
    ]
    path = joined(tmp_path / f"all.{suffix}", *parts)
    expected = np.concatenate([whole(part) for part in parts], axis=1)
    assert np.array_equal(whole(path), expected)
    starts = [0, *accumulate(part.frames for part in probe(path).parts)]
    assert len(starts) == 4
    for first in (starts[1] - 1, starts[1], starts[2] + 17):
        assert np.array_equal(whole(path, first), expected[:, first:])
    assert probe(path).note == ""


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg"])
@pytest.mark.parametrize("times", [2, 3, 4, 7])
def test_one_file_joined_to_itself_is_heard_so_often(tmp_path: Path, suffix: str, times: int):
    part = written(tmp_path / f"part.{suffix}", 60_000, channels=2)  # long enough not to be searched whole
    path = joined(tmp_path / f"all.{suffix}", *[part] * times)
    assert np.array_equal(whole(path), np.tile(whole(part), times))


def test_joined_sounds_of_other_rates_and_channels_become_like_the_first(tmp_path: Path):
    mono = written(tmp_path / "mono.flac", 22_050)
    stereo = written(tmp_path / "stereo.flac", 44_100, 1, 44_100, 2)
    path = joined(tmp_path / "a.flac", mono, stereo)
    assert (probe(path).rate, probe(path).channels, probe(path).frames) == (22_050, 1, 44_100)
    assert probe(path).note == (
        "joins sounds of 22.05 kHz with 1 channel, 44.1 kHz with 2 channels: all become like the first"
    )
    expected = whole(stereo, rate=22_050).mean(axis=0)
    assert np.abs(whole(path)[0, 22_050:] - expected).max() < 1e-6
    assert np.array_equal(whole(path, 30_000), whole(path)[:, 30_000:])
    path = joined(tmp_path / "b.flac", stereo, mono)
    assert np.abs(whole(path)[:, 44_100:] - whole(mono, rate=44_100)).max() < 1e-6


def test_surround_that_is_joined_to_stereo_keeps_its_centre(tmp_path: Path):
    stereo = written(tmp_path / "2.flac", 5000, channels=2)
    x = np.zeros((5000, 6))
    x[:, 2] = 0.5
    soundfile.write(tmp_path / "6.flac", x, 22_050)
    path = joined(tmp_path / "all.flac", stereo, tmp_path / "6.flac")
    assert np.allclose(whole(path)[:, 6000:9000], 0.5 * np.sqrt(0.5), atol=1e-3)


def test_joined_sounds_are_resampled_as_one(tmp_path: Path):
    parts = [written(tmp_path / f"{nth}.flac", 11_025, nth) for nth in range(3)]
    path = joined(tmp_path / "all.flac", *parts)
    x = whole(path, rate=48_000)
    assert x.shape[1] == length(probe(path), 48_000) == 72_000
    assert np.abs(whole(path, 50_000, 48_000) - x[:, 50_000:]).max() < 1e-6


def test_a_joined_file_in_memory_is_heard_whole(tmp_path: Path):
    parts = [written(tmp_path / f"{nth}.ogg", 8000, nth, 48_000) for nth in range(2)]
    path = joined(tmp_path / "all.ogg", *parts)
    sound = audiograph.render(PLAY, voice=path.read_bytes()).sound
    assert sound.shape[1] == 16_000
    assert np.array_equal(sound, audiograph.render(PLAY, voice=path).sound)


def test_what_is_behind_the_sound_is_told_once(tmp_path: Path):
    page = b"<html><body>504 Gateway Time-out</body></html>" * 20
    for suffix in ("mp3", "flac", "ogg", "wav", "aiff", "au", "w64", "rf64"):
        part = written(tmp_path / f"a.{suffix}", 9000)
        path = tmp_path / f"b.{suffix}"
        path.write_bytes(part.read_bytes() + page)
        assert probe(path).note == (
            f"is read to the end of its sound: {len(page)} bytes follow that are no part of it"
        ), suffix
        assert np.array_equal(whole(path), whole(part)), suffix


@pytest.mark.parametrize("suffix", ["mp3", "flac", "ogg", "wav", "aiff", "au", "w64", "rf64", "caf"])
@pytest.mark.parametrize(
    "after",
    [b"TAG" + b"x" * 125, bytes(200), b"ID3\4\0\0\0\0\0\x20" + bytes(32)],
    ids=["id3v1", "zeros", "id3v2"],
)
def test_tags_and_padding_behind_the_sound_are_no_news(tmp_path: Path, suffix: str, after: bytes):
    part = written(tmp_path / f"a.{suffix}", 9000)
    path = tmp_path / f"b.{suffix}"
    path.write_bytes(part.read_bytes() + after)
    assert probe(path).note == ""
    assert np.array_equal(whole(path), whole(part))


def test_a_sound_of_another_kind_behind_the_first_is_told(tmp_path: Path):
    flac, mp3 = written(tmp_path / "a.flac", 9000), written(tmp_path / "a.mp3", 9000)
    path = joined(tmp_path / "b.flac", flac, mp3)
    assert f"{mp3.stat().st_size} bytes follow" in probe(path).note


def test_flac_behind_an_id3_tag_is_read(tmp_path: Path):
    part = written(tmp_path / "a.flac", 9000)
    path = tmp_path / "b.flac"
    path.write_bytes(b"ID3\4\0\0\0\0\0\x20" + bytes(32) + part.read_bytes())
    assert np.array_equal(whole(path), whole(part))
    assert (probe(path).kind, probe(path).note) == ("FLAC", "")


def test_more_frames_than_a_flac_header_tells_are_heard(tmp_path: Path):
    part = written(tmp_path / "a.flac", 20_000)
    data = bytearray(part.read_bytes())
    data[22:26] = (9000).to_bytes(4, "big")
    (tmp_path / "b.flac").write_bytes(data)
    assert np.array_equal(whole(tmp_path / "b.flac"), whole(part))
