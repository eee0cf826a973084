"""MP3 files as they are found: cut, damaged, begun in the middle; what every common player plays is heard."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audiograph.audiofile import contents, probe, read
from audiograph.errors import AudioFileError
from audiograph.sound import Audio

DATA = Path(__file__).parents[1] / "data"
FRAME = 1152  # frames of sound in an MPEG 1 frame
APE = (
    b"APETAGEX" + (2000).to_bytes(4, "little") + (64).to_bytes(4, "little") + (1).to_bytes(4, "little")
    + bytes([0, 0, 0, 0xA0]) + bytes(8) + b"x" * 32
    + b"APETAGEX" + (2000).to_bytes(4, "little") + (64).to_bytes(4, "little") + (1).to_bytes(4, "little")
    + bytes([0, 0, 0, 0x80]) + bytes(8)
)  # fmt: skip
LYRICS = b"LYRICSBEGININD0000200000039LYRICS200"
ID3V1 = b"TAG" + b"x" * 125
PAGE = b"<html><body>504 Gateway Time-out</body></html>" * 50
JUNK = np.random.default_rng(3).integers(0, 256, 3000, np.uint8).tobytes()
FOLLOW = "bytes follow that are no part of it"
needs_ffmpeg = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")


def whole(path: Path, first: int = 0) -> Audio:
    info = probe(path)
    parts = [part.copy() for part in read(path, info, info.rate, first)]
    return np.concatenate([np.zeros((info.channels, 0), np.float32), *parts], axis=1)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An MP3 file without a Xing header: frames and nothing else."""
    path = tmp_path_factory.mktemp("mp3") / "plain.mp3"
    data = (DATA / "speech.mp3").read_bytes()
    data = data[contents_of(data).starts[1] :]
    path.write_bytes(data)
    assert probe(path).note == ""
    return data


def contents_of(data: bytes) -> "contents.mp3.Chain":
    chains, _ = contents.mp3._chains(data)
    return chains[0]


def heard(tmp_path: Path, data: bytes) -> tuple[Audio, str]:
    path = tmp_path / "x.mp3"
    path.write_bytes(data)
    x = whole(path)
    for first in (1, x.shape[1] // 3, x.shape[1] - 1):
        assert np.array_equal(whole(path, first), x[:, first:])
    assert x.shape[1] == probe(path).frames
    return x, probe(path).note


@pytest.mark.parametrize(
    ("before", "after", "note"),
    [
        (b"", PAGE, f"{len(PAGE)} {FOLLOW}"),
        (b"", bytes(5000), f"5000 {FOLLOW}"),
        (b"", JUNK, f"3000 {FOLLOW}"),
        (bytes(5000), b"", "begins with 5000 bytes that are no sound"),
        (JUNK, b"", "begins with 3000 bytes that are no sound"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"", "begins with 19 bytes that are no sound"),
        (APE, b"", ""),
        (bytes(100), b"", ""),
        (b"", APE + ID3V1, ""),
        (b"", LYRICS + ID3V1, ""),
        (b"", b"TAG+" + bytes(223) + ID3V1, ""),
        (b"ID3\3\0\0\0\0\0\x20" + bytes(32) + bytes(300), bytes(300), ""),
    ],
)  # fmt: skip
def test_what_is_around_the_frames_changes_no_sound(
    tmp_path: Path, plain: bytes, before: bytes, after: bytes, note: str, capfd: pytest.CaptureFixture[str]
):
    expected, _ = heard(tmp_path, plain)
    x, told = heard(tmp_path, before + plain + after)
    assert np.array_equal(x, expected)
    assert note in told if note else told == ""
    assert capfd.readouterr() == ("", "")


def test_a_file_that_ends_inside_a_frame_has_all_frames_before(
    tmp_path: Path, plain: bytes, capfd: pytest.CaptureFixture[str]
):
    expected, _ = heard(tmp_path, plain)
    for size in (len(plain) - 1, len(plain) - 100, 20_000, 1000, 300):
        x, note = heard(tmp_path, plain[:size])
        assert np.array_equal(x, expected[:, : x.shape[1]])
        assert x.shape[1] > (size / len(plain) * expected.shape[1]) - 2.5 * FRAME
        assert note == "is cut short: it ends inside a frame"
    assert capfd.readouterr() == ("", "")


def test_a_file_that_begins_inside_a_frame_has_the_rest(
    tmp_path: Path, plain: bytes, capfd: pytest.CaptureFixture[str]
):
    expected, _ = heard(tmp_path, plain)
    x, note = heard(tmp_path, plain[10_007:])
    late = slice(x.shape[1] // 2, None)
    assert np.abs(x[:, late] - expected[:, -x.shape[1] :][:, late]).max() < 1e-6
    assert "begins in the middle of a sound" in note
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["plain", "with xing"])
@pytest.mark.parametrize("removed", [0, 700, 3000])
def test_junk_in_the_middle_is_left_out_and_the_rest_is_heard(
    tmp_path: Path, plain: bytes, name: str, removed: int, capfd: pytest.CaptureFixture[str]
):
    data = plain if name == "plain" else (DATA / "speech.mp3").read_bytes()
    expected, _ = heard(tmp_path, data)
    x, note = heard(tmp_path, data[:15_000] + JUNK + data[15_000 + removed :])
    if name == "with xing":  # which tells how many frames there were: the others keep their time
        assert x.shape == expected.shape
    assert np.array_equal(x[:, : 20 * FRAME], expected[:, : 20 * FRAME])
    end = 30 * FRAME
    assert np.abs(x[:, -end:] - expected[:, -end:]).max() < 1e-6
    assert "is damaged at " in note and FOLLOW not in note
    assert capfd.readouterr() == ("", "")


def test_damage_in_a_long_file_is_found_when_it_is_read(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(contents, "SMALL", 1000)
    data = (DATA / "speech.mp3").read_bytes()
    expected, _ = heard(tmp_path, data)
    x, _ = heard(tmp_path, data[:15_000] + JUNK[:700] + data[15_700:])
    assert x.shape == expected.shape
    assert np.abs(x[:, -30 * FRAME :] - expected[:, -30 * FRAME :]).max() < 1e-6
    assert capfd.readouterr() == ("", "")


def test_a_frame_with_impossible_side_information_is_silent(
    tmp_path: Path, plain: bytes, capfd: pytest.CaptureFixture[str]
):
    data = bytearray(plain)
    at = contents_of(plain).starts[40]
    data[at + 6 : at + 12] = b"\xff" * 6
    x, note = heard(tmp_path, bytes(data))
    expected, _ = heard(tmp_path, plain)
    assert x.shape == expected.shape
    assert np.array_equal(x[:, -30 * FRAME :], expected[:, -30 * FRAME :])
    assert note == "is damaged: silence stands in for 1 frame"
    assert capfd.readouterr() == ("", "")


def test_a_cut_file_with_a_xing_header_tells_how_much_is_there(tmp_path: Path):
    x, note = heard(tmp_path, (DATA / "speech.mp3").read_bytes()[:16_000])
    assert note == f"is cut short: {x.shape[1] / 44_100:.1f} s of 4.0 s are there"


@pytest.mark.parametrize(
    "data", [b"\xff\xff" + bytes(30) + JUNK, b"ID3\4\0\0\0\0\0\0" + JUNK, b"\xff\xfb\x90\0" * 9]
)
def test_what_has_no_frames_is_refused_without_a_word_of_libmpg123(
    tmp_path: Path, data: bytes, capfd: pytest.CaptureFixture[str]
):
    (tmp_path / "x.mp3").write_bytes(data)
    with pytest.raises(AudioFileError, match=r"holds no sound|is not a sound file"):
        probe(tmp_path / "x.mp3")
    assert capfd.readouterr() == ("", "")


@needs_ffmpeg
@pytest.mark.parametrize("cut", ["0.31", "1.05"])
def test_a_stream_copy_is_as_long_as_for_ffmpeg(tmp_path: Path, cut: str, capfd: pytest.CaptureFixture[str]):
    path = tmp_path / "x.mp3"
    copy = ["ffmpeg", "-v", "error", "-ss", cut, "-i", DATA / "speech.mp3", "-c", "copy", "-y", path]
    subprocess.run(copy, check=True)
    pcm = subprocess.run(
        ["ffmpeg", "-v", "quiet", "-i", path, "-f", "s16le", "-"], capture_output=True, check=True
    ).stdout
    capfd.readouterr()
    assert abs(whole(path).shape[1] - len(pcm) // 4) <= FRAME
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("rate", [44_100, 24_000, 8000])
@pytest.mark.parametrize("channels", [1, 2])
def test_intact_files_are_ordinary_whatever_their_rate(tmp_path: Path, rate: int, channels: int):
    x = np.random.default_rng(0).uniform(-0.9, 0.9, (rate, channels))
    soundfile.write(tmp_path / "x.mp3", x, rate)
    assert probe(tmp_path / "x.mp3").patch is None
    assert (probe(tmp_path / "x.mp3").frames, probe(tmp_path / "x.mp3").note) == (rate, "")
