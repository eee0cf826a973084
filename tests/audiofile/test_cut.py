"""Files that are cut, and files that were never closed: the first are noted, the second are whole."""

import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audiograph.audiofile import probe, read
from audiograph.sound import Audio

FRAMES, RATE = 24_000, 24_000
PLACEHOLDERS = (0, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFF000, 0x80000000, 0xFFFFF000, 2_000_000_000, 1_000_000_000)


def whole(path: Path, first: int = 0) -> Audio:
    info = probe(path)
    parts = [part.copy() for part in read(path, info, info.rate, first)]
    return np.concatenate([np.zeros((info.channels, 0), np.float32), *parts], axis=1)


def written(path: Path, channels: int = 1) -> bytes:
    x = np.random.default_rng(0).uniform(-0.5, 0.5, (FRAMES, channels))
    kind = {"opus": "OGG"}.get(path.suffix[1:], path.suffix[1:].upper())
    soundfile.write(path, x, RATE, format=kind, subtype="OPUS" if path.suffix == ".opus" else None)
    return path.read_bytes()


@pytest.mark.parametrize("suffix", ["wav", "rf64", "w64", "aiff", "au", "caf", "flac", "mp3", "ogg", "opus"])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_file_that_is_cut_is_noted_and_what_is_there_is_heard(tmp_path: Path, suffix: str, channels: int):
    path = tmp_path / f"x.{suffix}"
    data = written(path, channels)
    expected = whole(path)
    assert probe(path).note == ""
    for share in (0.9, 0.6):
        path.write_bytes(data[: round(share * len(data))])
        x = whole(path)
        assert "is cut short" in probe(path).note
        assert share - (0.3 if suffix == "ogg" else 0.2) < x.shape[1] / expected.shape[1] < share + 0.05
        same = x.shape[1] - (2048 if suffix in ("mp3", "ogg", "opus") else 0)
        assert np.abs(x[:, :same] - expected[:, :same]).max() < 1e-5
        assert np.array_equal(whole(path, 1000), x[:, 1000:])
        if suffix not in ("ogg", "opus"):  # whose headers promise no length
            promised = expected.shape[1] / RATE
            assert (
                probe(path).note == f"is cut short: {x.shape[1] / RATE:.1f} s of {promised:.1f} s are there"
            )


def heard_whole(path: Path, data: bytes, expected: Audio) -> None:
    path.write_bytes(data)
    assert probe(path).note == ""
    assert np.array_equal(whole(path), expected)
    assert np.array_equal(whole(path, 12_345), expected[:, 12_345:])


@pytest.mark.parametrize("size", PLACEHOLDERS)
@pytest.mark.parametrize("counts_header", [False, True])
@pytest.mark.parametrize("order", "<>")
def test_a_wav_of_a_streaming_server_is_whole(tmp_path: Path, size: int, counts_header: bool, order: str):
    path = tmp_path / "x.wav"
    x = np.random.default_rng(0).uniform(-0.5, 0.5, FRAMES)
    soundfile.write(path, x, RATE, endian="BIG" if order == ">" else "LITTLE")
    data, expected = path.read_bytes(), whole(path)
    riff, inner = (
        struct.pack(order + "I", size),
        struct.pack(order + "I", size - 36 * (counts_header and size > 36)),
    )
    at = data.index(b"data")
    heard_whole(path, data[:4] + riff + data[8 : at + 4] + inner + data[at + 8 :], expected)


@pytest.mark.parametrize("size", PLACEHOLDERS)
def test_au_and_aiff_that_were_never_closed_are_whole(tmp_path: Path, size: int):
    path = tmp_path / "x.au"
    data = written(path)
    order = ">" if data.startswith(b".snd") else "<"
    heard_whole(path, data[:8] + struct.pack(order + "I", size) + data[12:], whole(path))
    path = tmp_path / "x.aiff"
    data, expected = written(path), whole(tmp_path / "x.aiff")
    at = data.index(b"SSND")
    told = struct.pack(">I", size)
    heard_whole(path, data[:4] + told + data[8 : at + 4] + told + data[at + 8 :], expected)


@pytest.mark.parametrize("size", [0, 2**63 - 1, 2**64 - 1])
def test_w64_rf64_and_caf_that_were_never_closed_are_whole(tmp_path: Path, size: int):
    told = struct.pack("<Q", size)
    path = tmp_path / "x.w64"
    data, expected = written(path), whole(tmp_path / "x.w64")
    at = data.index(b"data")
    heard_whole(path, data[:16] + told + data[24 : at + 16] + told + data[at + 24 :], expected)
    path = tmp_path / "x.rf64"
    data, expected = written(path), whole(tmp_path / "x.rf64")
    at = data.index(b"ds64")
    heard_whole(path, data[: at + 8] + told * 3 + data[at + 32 :], expected)
    path = tmp_path / "x.caf"
    data, expected = written(path), whole(tmp_path / "x.caf")
    at = data.index(b"data")
    heard_whole(path, data[: at + 4] + told[::-1] + data[at + 12 :], expected)


def test_streamed_wavs_that_are_joined_are_all_heard(tmp_path: Path):
    path = tmp_path / "x.wav"
    data, expected = written(path), whole(tmp_path / "x.wav")
    streamed = data[:4] + b"\xff" * 4 + data[8:40] + b"\xff" * 4 + data[44:]
    heard_whole(path, streamed * 3, np.tile(expected, 3))


def test_chunks_behind_the_end_that_a_wav_tells_are_no_news(tmp_path: Path):
    path = tmp_path / "x.wav"
    data, expected = written(path), whole(tmp_path / "x.wav")
    heard_whole(path, data + b"LIST\x0c\0\0\0INFOISFT\0\0\0\0", expected)
    heard_whole(path, data + b"id3 \x04\0\0\0abcd", expected)


def test_a_real_length_that_the_file_lacks_is_still_noted(tmp_path: Path):
    path = tmp_path / "x.wav"
    data = written(path)
    path.write_bytes(
        data[:4] + struct.pack("<I", 96_036) + data[8:40] + struct.pack("<I", 96_000) + data[44:]
    )
    assert probe(path).note == "is cut short: 1.0 s of 2.0 s are there"


@pytest.mark.parametrize("riff", [True, False])
@pytest.mark.parametrize("tail", [b"", b"LIST\x10\0\0\0INFOINAM\x04\0\0\0abcd", b"id3 \x03\0\0\0abc\0"])
def test_a_wav_whose_data_chunk_says_nothing_is_read_to_its_end(tmp_path: Path, riff: bool, tail: bytes):
    path = tmp_path / "x.wav"
    data, expected = written(path), whole(tmp_path / "x.wav")
    size = struct.pack("<I", len(data) + len(tail) - 8) if riff else bytes(4)
    path.write_bytes(data[:4] + size + data[8:40] + bytes(4) + data[44:] + tail)
    assert probe(path).note == ("was never finished: its header tells no length" if riff else "")
    assert np.array_equal(whole(path), expected)
    assert np.array_equal(whole(path, 12_345), expected[:, 12_345:])


def test_chunks_behind_a_placeholder_are_no_sound(tmp_path: Path):
    path = tmp_path / "x.wav"
    data, expected = written(path), whole(tmp_path / "x.wav")
    tail = b"LIST\x10\0\0\0INFOINAM\x04\0\0\0abcd"
    size = struct.pack("<I", len(data) + len(tail) - 8)
    heard_whole(path, data[:4] + size + data[8:40] + b"\xff" * 4 + data[44:] + tail, expected)


@pytest.mark.skipif(not shutil.which("sox"), reason="needs sox")
@pytest.mark.parametrize("suffix", ["aiff", "wav", "au"])
def test_a_pipe_of_sox_is_no_cut_file(tmp_path: Path, suffix: str):
    source, path = tmp_path / "source.wav", tmp_path / f"x.{suffix}"
    written(source)
    command = ["sox", "-D", source, "-t", suffix, "-", "trim", "0", "0.5"]
    found = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    path.write_bytes(found.stdout)
    assert probe(path).note == ""
    assert np.array_equal(whole(path), whole(source)[:, : FRAMES // 2])


@pytest.mark.parametrize("suffix", ["wav", "aiff", "rf64", "flac"])
def test_an_id3_tag_before_another_kind_is_stepped_over(tmp_path: Path, suffix: str):
    path = tmp_path / f"x.{suffix}"
    data, expected = written(path), whole(tmp_path / f"x.{suffix}")
    heard_whole(path, b"ID3\3\0\0\0\0\0\x20" + bytes(32) + data, expected)
    assert probe(path).kind == suffix.upper()
