"""Reading sound files: their properties and their samples."""

import gc
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from audiograph.audiofile import Info, length, probe, read
from audiograph.errors import AudioFileError
from audiograph.sound import CHUNK, Audio

DATA = Path(__file__).parents[1] / "data"
SOUNDS = ("speech.flac", "speech.mp3", "music.ogg", "speech_ffmpeg.opus")
needs_ffmpeg = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")


def whole(path: Path, rate: int = 0, first: int = 0) -> Audio:
    info = probe(path)
    parts = [part.copy() for part in read(path, info, rate or info.rate, first)]
    return np.concatenate([np.zeros((info.channels, 0), np.float32), *parts], axis=1)


def written(path: Path, channels: int, subtype: str, rate: int = 44_100, frames: int = 40_000) -> Path:
    x = np.random.default_rng(channels).uniform(-0.9, 0.9, (frames, channels))
    soundfile.write(path, x, rate, subtype=subtype)
    return path


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize(
    ("suffix", "subtype"),
    [
        ("wav", "PCM_U8"), ("wav", "PCM_16"), ("wav", "PCM_24"), ("wav", "PCM_32"), ("wav", "FLOAT"),
        ("wav", "DOUBLE"), ("wav", "ULAW"), ("flac", "PCM_S8"), ("flac", "PCM_16"), ("flac", "PCM_24"),
        ("aiff", "PCM_16"), ("aiff", "PCM_24"), ("caf", "PCM_16"), ("au", "PCM_16"), ("w64", "PCM_24"),
    ],
)  # fmt: skip
def test_samples_are_those_of_soundfile_from_any_frame(
    tmp_path: Path, suffix: str, subtype: str, channels: int
):
    path = written(tmp_path / f"x.{suffix}", channels, subtype)
    expected = soundfile.read(path, dtype="float32", always_2d=True)[0].T
    for first in (0, 1, 16_384, 39_999, 40_000, 50_000):
        assert np.array_equal(whole(path, 0, first), expected[:, first:])


@pytest.mark.parametrize("name", SOUNDS)
def test_the_end_of_a_file_is_the_same_when_reading_starts_there(name: str):
    x = whole(DATA / name)
    for first in (1, 5000, 20_000, x.shape[1] - 1):
        assert np.array_equal(whole(DATA / name, 0, first), x[:, first:])


@pytest.mark.parametrize("name", SOUNDS)
def test_resampling_in_blocks_equals_resampling_at_once(name: str):
    x, rate = whole(DATA / name), probe(DATA / name).rate
    expected = soxr.resample(x.T, rate, 32_000, quality="HQ").T
    found = whole(DATA / name, 32_000)
    assert found.shape[1] == length(probe(DATA / name), 32_000)
    frames = min(found.shape[1], expected.shape[1])
    assert abs(found.shape[1] - expected.shape[1]) <= 1
    assert np.array_equal(found[:, :frames], expected[:, :frames])


@pytest.mark.parametrize("rate", [8000, 22_050, 44_100, 96_000, 35_467])
@pytest.mark.parametrize("to", [11_025, 48_000])
def test_a_resampled_file_read_from_the_middle_equals_the_whole(tmp_path: Path, rate: int, to: int):
    path = written(tmp_path / "x.wav", 2, "FLOAT", rate, 3 * rate)
    x = whole(path, to)
    for first in (1, 4321, to, 2 * to + 77, x.shape[1] - 3):
        assert np.abs(whole(path, to, first) - x[:, first:]).max() < 1e-6


@pytest.mark.parametrize(("rate", "to"), [(4000, 768_000), (8000, 44_100), (22_050, 48_000)])
def test_resampling_gives_no_larger_arrays_than_reading(tmp_path: Path, rate: int, to: int):
    """Else a graph at 768 kHz takes 100 MB for each voice of 4 kHz."""
    path = written(tmp_path / "x.wav", 1, "FLOAT", rate, 40_000)
    parts = [part.copy() for part in read(path, probe(path), to)]
    assert max(part.shape[1] for part in parts) < 3 * CHUNK  # soxr has some of its own
    expected = soxr.resample(whole(path)[0], rate, to)
    assert np.max(np.abs(np.concatenate(parts, axis=1)[0] - expected)) < 1e-6


@pytest.mark.parametrize(
    ("frames", "rate", "to", "expected"), [(1, 8000, 44_100, 6), (3, 2, 1, 2), (5, 2, 1, 3)]
)
def test_a_length_is_rounded_to_the_nearest_frame(frames: int, rate: int, to: int, expected: int):
    assert length(Info(rate, 1, frames, "WAV", "PCM_16"), to) == expected


@needs_ffmpeg
@pytest.mark.parametrize("name", SOUNDS)
def test_the_number_of_frames_is_that_of_ffmpeg(name: str):
    info = probe(DATA / name)
    command = ["ffmpeg", "-v", "error", "-i", DATA / name, "-f", "s16le", "-"]
    pcm = subprocess.run(command, capture_output=True, check=True).stdout
    assert abs(len(pcm) // 2 // info.channels - info.frames) <= 1152


@needs_ffmpeg
def test_an_mp3_without_a_xing_header_is_read_to_its_end(tmp_path: Path):
    loud = np.random.default_rng(0).normal(0, 0.3, 22_050)
    soundfile.write(tmp_path / "x.wav", np.concatenate([loud, np.zeros(200_000)]), 44_100)
    plain = [
        "ffmpeg",
        "-v",
        "error",
        "-i",
        tmp_path / "x.wav",
        "-q:a",
        "2",
        "-id3v2_version",
        "0",
        "-write_xing",
        "0",
    ]
    subprocess.run([*plain, tmp_path / "x.mp3"], check=True)
    assert soundfile.info(tmp_path / "x.mp3").frames < 150_000  # what is guessed from the first frame
    assert 222_050 <= probe(tmp_path / "x.mp3").frames <= 222_050 + 3 * 1152
    assert whole(tmp_path / "x.mp3").shape[1] == probe(tmp_path / "x.mp3").frames


def test_nothing_is_printed_for_intact_files(capfd: pytest.CaptureFixture[str]):
    for name in SOUNDS:
        whole(DATA / name)
        whole(DATA / name, 0, 20_000)
    assert capfd.readouterr() == ("", "")


def test_samples_that_are_not_finite_are_passed_on(tmp_path: Path):
    soundfile.write(tmp_path / "x.wav", np.array([0, np.nan, np.inf, 2.0]), 8000, subtype="FLOAT")
    assert np.array_equal(whole(tmp_path / "x.wav")[0], [0, np.nan, np.inf, 2.0], equal_nan=True)


def files_open() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_an_abandoned_reader_closes_its_file():
    before = files_open()
    parts = read(DATA / "speech.flac", probe(DATA / "speech.flac"), 48_000)
    next(iter(parts))
    assert files_open() == before + 1
    del parts
    gc.collect()
    assert files_open() == before


def test_a_file_is_probed_again_when_it_has_changed(tmp_path: Path):
    path = written(tmp_path / "x.wav", 1, "PCM_16", frames=100)
    assert probe(path).frames == 100
    written(path, 1, "PCM_16", frames=200)
    assert probe(path).frames == 200


def refused(path: Path) -> str:
    with pytest.raises(AudioFileError) as caught:
        probe(path)
    return str(caught.value)


def test_a_missing_file_is_reported_with_the_nearest_name(tmp_path: Path):
    written(tmp_path / "voice_1.wav", 1, "PCM_16", frames=10)
    assert refused(tmp_path / "voice-1.wav").endswith("voice-1.wav does not exist; 'voice_1.wav'?")
    assert "there is no folder" in refused(tmp_path / "no" / "voice.wav")
    assert refused(tmp_path / "zzz").endswith("zzz does not exist")


def test_files_of_other_kinds_are_refused_unopened(tmp_path: Path):
    (tmp_path / "text.wav").write_text("# not a sound, whatever it is called")
    (tmp_path / "empty.wav").touch()
    (tmp_path / "mix.m4a").write_bytes(b"\0\0\0\x20ftypM4A ")
    assert "is not a sound file that audiograph reads (WAV," in refused(tmp_path / "text.wav")
    assert refused(tmp_path / "empty.wav").endswith("empty.wav is empty")
    assert refused(tmp_path).endswith("is a folder")
    assert refused(Path("/dev/zero")) == "/dev/zero is not a regular file"
    assert "mix.m4a: AAC (M4A) is not read: convert it with ffmpeg -i " in refused(tmp_path / "mix.m4a")
    assert refused(DATA / "speech.m4a").endswith("speech.wav")
    assert "is not a file name" in refused(Path("a\0b.wav"))
