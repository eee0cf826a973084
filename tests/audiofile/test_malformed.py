"""Malformed files: each quickly gives a plain error, or the frames that it really has."""

import random
import struct
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audiograph.audiofile import probe, read
from audiograph.dsp.planes import SCALES, planes
from audiograph.errors import AudioFileError

DATA = Path(__file__).parents[1] / "data"
MALFORMED = DATA / "malformed"
LOST, SHORT, UNKNOWN = "breaks off at 0.000 s", "cannot be read", "is not a sound file"

EXPECTED: dict[str, int | str] = {  # frames, or what the error says
    "claxon_fuzz/02947f56": LOST,
    "claxon_fuzz/07d990b7": UNKNOWN,
    "claxon_fuzz/0fd738fd": LOST,
    "claxon_fuzz/1cc7059c": LOST,
    "claxon_fuzz/23d12885": SHORT,
    "claxon_fuzz/5a35e45b": UNKNOWN,
    "claxon_fuzz/5b004788": LOST,
    "claxon_fuzz/5ef80ac2": SHORT,
    "claxon_fuzz/64a18b4b": LOST,
    "claxon_fuzz/6710a7b6": LOST,
    "claxon_fuzz/6eccabf2": SHORT,
    "claxon_fuzz/74b23b5f": LOST,
    "claxon_fuzz/7620659f": LOST,
    "claxon_fuzz/848d2895": LOST,
    "claxon_fuzz/92086649": LOST,
    "claxon_fuzz/a7f07b1d": "has a rate of 1.604 kHz; 4 kHz to 768 kHz are read",
    "claxon_fuzz/b6d30db8": LOST,
    "claxon_fuzz/bb2b1d35": UNKNOWN,
    "claxon_fuzz/c377cba6": UNKNOWN,
    "claxon_fuzz/c6c1d767": UNKNOWN,
    "claxon_fuzz/ca1081b9": LOST,
    "claxon_fuzz/d44b4144": UNKNOWN,
    "claxon_fuzz/da0edb27": SHORT,
    "claxon_fuzz/empty_vorbis_comment": 100,
    "claxon_fuzz/large_vendor_string": SHORT,
    "claxon_fuzz/large_vorbis_comment_block": SHORT,
    "claxon_fuzz/non_subset": 4096,
    "claxon_fuzz/pop": 100,
    "claxon_fuzz/repeated_vorbis_comment": 100,
    "claxon_fuzz/short": 4,
    "claxon_fuzz/wasted_bits": 4410,
    "hound/crash-24728523": SHORT,
    "hound/crash-b8447179": SHORT,
    "hound/crash-cbd75742": SHORT,
    "hound/crash-e5471f5b": SHORT,
    "hound/crash-e879de4e": SHORT,
    "hound/oom-48ae4cd0": SHORT,
    "hound/nonstandard-01": 1,
    "hound/nonstandard-02": 2,
    "hound/pcmwaveformat-16bit-44100Hz-mono-extra": 4,
    "hound/pcmwaveformat-16bit-44100Hz-mono.": 4,
    "hound/pcmwaveformat-24bit-4byte-48kHz-stereo": 2,
    "hound/pcmwaveformat-8bit-44100Hz-mono": 4,
    "hound/pop": 100,
    "hound/waveformatex-16bit-44100Hz-mono-extra": 4,
    "hound/waveformatex-16bit-44100Hz-mono.": 4,
    "hound/waveformatex-16bit-44100Hz-stereo": 4,
    "hound/waveformatex-8bit-11025Hz-mono": 4,
    "hound/waveformatex-ieeefloat-44100Hz-mono": 4,
    "hound/waveformatextensible-24bit-192kHz-mono": 4,
    "hound/waveformatextensible-24bit-4byte-48kHz-stereo": 2,
    "hound/waveformatextensible-32bit-48kHz-stereo": 2,
    "hound/waveformatextensible-ieeefloat-44100Hz-mono": 4,
    "ietf_flac/mono": 227_247,
    "ietf_flac/no_streaminfo": SHORT,
    "ietf_flac/wrong_block_length": SHORT,
    "ietf_flac/wrong_channels": LOST,
    "scipy_wav/test-1234Hz-le-1ch-10S-20bit-extra": "has a rate of 1.234 kHz",
    "scipy_wav/test-44100Hz-2ch-32bit-float-be": 441,
    "scipy_wav/test-44100Hz-2ch-32bit-float-le": 441,
    "scipy_wav/test-44100Hz-be-1ch-4bytes": 4410,
    "scipy_wav/test-44100Hz-le-1ch-4bytes-early-eof-no-data": SHORT,
    "scipy_wav/test-44100Hz-le-1ch-4bytes-early-eof.": 236,
    "scipy_wav/test-44100Hz-le-1ch-4bytes-incomplete-chunk": SHORT,
    "scipy_wav/test-44100Hz-le-1ch-4bytes-rf64": 4410,
    "scipy_wav/test-44100Hz-le-1ch-4bytes.": 4410,
    "scipy_wav/test-48000Hz-2ch-64bit-float-le-wavex": 480,
    "scipy_wav/test-8000Hz-be-3ch-5S-24bit": 5,
    "scipy_wav/test-8000Hz-le-1ch-1byte-ulaw": 9,
    "scipy_wav/test-8000Hz-le-2ch-1byteu": 800,
    "scipy_wav/test-8000Hz-le-3ch-5S-24bit-inconsistent": 5,
    "scipy_wav/test-8000Hz-le-3ch-5S-24bit-rf64": 5,
    "scipy_wav/test-8000Hz-le-3ch-5S-24bit.": 5,
    "scipy_wav/test-8000Hz-le-3ch-5S-36bit": SHORT,
    "scipy_wav/test-8000Hz-le-3ch-5S-45bit": SHORT,
    "scipy_wav/test-8000Hz-le-3ch-5S-53bit": SHORT,
    "scipy_wav/test-8000Hz-le-3ch-5S-64bit": SHORT,
    "scipy_wav/test-8000Hz-le-4ch-9S-12bit": 9,
    "scipy_wav/test-8000Hz-le-5ch-9S-5bit": 9,
}


def ending(path: Path) -> int | str:
    """The number of frames, after decoding all of them, or the error message."""
    try:
        info = probe(path)
        frames = sum(x.shape[1] for x in read(path, info, info.rate))
    except AudioFileError as error:
        assert str(path) in str(error)
        return str(error)
    assert frames == info.frames
    return frames


def wav(data: int, riff: int, after: bytes = b"", frames: int = 1000) -> bytes:
    """A mono WAV file of 32 kHz whose header says `data` and `riff` bytes."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 32_000, 64_000, 2, 16)
    head = struct.pack("<4sI4s", b"RIFF", riff, b"WAVE") + form + struct.pack("<4sI", b"data", data)
    return head + b"\x01\x02" * frames + after


def test_every_malformed_file_is_in_the_table():
    files = [path.relative_to(MALFORMED).as_posix() for path in MALFORMED.glob("*/*")]
    assert len(files) == len(EXPECTED)
    assert all(sum(file.startswith(name) for file in files) >= 1 for name in EXPECTED)


@pytest.fixture(scope="module")
def warm() -> None:
    """Kernels are compiled beforehand, so that only reading is timed."""
    for dtype in (np.int16, np.int32, np.float32):
        planes(np.zeros((1, 1), dtype), np.zeros((1, 1), np.float32), SCALES[np.dtype("float32")])


@pytest.mark.parametrize("name", EXPECTED)
def test_a_malformed_file_gives_an_error_or_its_frames(name: str, warm: None):
    path, *_ = sorted(MALFORMED.glob(f"{name}*"), key=lambda path: len(path.name))
    began = time.perf_counter()
    found, expected = ending(path), EXPECTED[name]
    assert time.perf_counter() - began < 1
    assert found == expected if isinstance(expected, int) else expected in str(found)


@pytest.mark.parametrize(
    ("data", "riff"),
    [
        (0, 36),
        (0, 0),
        (0xFFFFFFFF, 0xFFFFFFFF),
        (0x7FFFFFFF, 0x80000023),
        (0, 0xFFFFFFFF),
        (9000, 36),
        (2000, 0),
    ],
)
def test_a_streamed_wav_is_read_to_its_end(tmp_path: Path, data: int, riff: int):
    path = tmp_path / "streamed.wav"
    path.write_bytes(wav(data, riff))
    info = probe(path)
    assert info.frames == 1000
    (x,) = read(path, info, info.rate)
    assert np.all(x == np.float32(0x0201 / 2**15))
    (x,) = read(path, info, info.rate, 990)
    assert x.shape == (1, 10)


GUID = b"\1\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"


@pytest.mark.parametrize("frames", [2, 20, 400_000])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("bits", [0, 24, 32])  # 0: without the extension
@pytest.mark.parametrize("layout", ["top", "bottom", "bottom without a sign"])
@pytest.mark.parametrize("riff", ["told", "streamed"])
def test_24_bits_in_4_bytes(tmp_path: Path, frames: int, channels: int, bits: int, layout: str, riff: str):
    path = tmp_path / "wide.wav"
    x = np.random.default_rng(0).integers(-(2**23), 2**23, (frames, channels), np.int32)
    x[0] = 1  # a bottom byte that is used
    stored = x << 8 if layout == "top" else x & 0xFFFFFF if layout.endswith("sign") else x
    rate, align = 48_000, 4 * channels
    form = struct.pack("<HHIIHH", 0xFFFE if bits else 1, channels, rate, rate * align, align, bits or 24)
    form += struct.pack("<HHI", 22, 24, 3) + GUID if bits else b""
    data = stored.astype("<i4").tobytes()
    after = b"LIST\x0c\0\0\0INFOISFT\0\0\0\0" if riff == "told" else b""
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data"
    sizes = [len(body) + 4 + len(data) + len(after), len(data)] if riff == "told" else [0xFFFFFFFF] * 2
    told = [struct.pack("<I", size) for size in sizes]
    path.write_bytes(b"RIFF" + told[0] + body + told[1] + data + after)
    info = probe(path)
    assert (info.frames, info.channels, info.note) == (frames, channels, "")
    for first in (0, 1):
        found = np.concatenate([part.copy() for part in read(path, info, info.rate, first)], axis=1)
        assert np.abs(found - x.T[:, first:] / 2**23).max() < 2**-22


def test_24_bits_in_4_bytes_that_may_be_the_lower_ones_are_noted(tmp_path: Path):
    path = tmp_path / "soft.wav"
    x = (
        np.random.default_rng(0).integers(-(2**15), 2**15, 1000, np.int32) << 8
    )  # 16 bits of 24, at the bottom
    data = bytearray(wav(4000, 4036, frames=2000))
    data[20:36] = struct.pack("<HHIIHH", 1, 1, 8000, 32_000, 4, 24)
    path.write_bytes(data[:44] + x.astype("<i4").tobytes())
    assert ending(path) == 1000
    assert "very soft" in probe(path).note
    path.write_bytes(data[:44] + (x << 8).astype("<i4").tobytes())
    assert probe(path).note == ""
    path.write_bytes(data[:44] + bytes(4000))
    assert probe(path).note == ""


@pytest.mark.parametrize(("code", "bits", "rate"), [(1, 16, 0), (3, 16, 8000), (3, 24, 8000)])
def test_errors_of_libsndfile_are_in_plain_words(tmp_path: Path, code: int, bits: int, rate: int):
    path = tmp_path / "odd.wav"
    data = bytearray(wav(2000, 2036))
    data[20:36] = struct.pack("<HHIIHH", code, 1, rate, rate * bits // 8, bits // 8, bits)
    path.write_bytes(data)
    assert "cannot be read: its header" in str(ending(path))
    assert "internal" not in str(ending(path))


def test_a_wav_that_is_closed_and_empty_is_not_taken_for_a_streamed_one(tmp_path: Path):
    path = tmp_path / "empty.wav"
    after = b"LIST\x0c\0\0\0INFOISFT\0\0\0\0"
    path.write_bytes(wav(0, 36 + len(after), after, frames=0))
    assert "holds no sound" in str(ending(path))


@pytest.mark.parametrize("suffix", ["flac", "wav", "mp3", "ogg", "aiff", "caf", "au", "w64", "opus"])
def test_a_file_cut_anywhere_gives_the_rest_of_its_sound_or_an_error(tmp_path: Path, suffix: str):
    whole, cut, rng = tmp_path / f"whole.{suffix}", tmp_path / f"cut.{suffix}", random.Random(suffix)
    x = np.random.default_rng(0).normal(0, 0.1, (24_000, 1)).astype(np.float32)
    kind = ("OGG", "OPUS") if suffix == "opus" else (suffix.upper(), None)
    soundfile.write(whole, x, 24_000, format=kind[0], subtype=kind[1])
    data, all_of_it = whole.read_bytes(), ending(whole)
    assert all_of_it == (48_000 if suffix == "opus" else 24_000)  # Opus is always decoded at 48 kHz
    for size in [*range(0, 60, 4), *(rng.randrange(len(data)) for _ in range(25))]:
        cut.write_bytes(data[:size])
        found = ending(cut)
        assert isinstance(found, str) or 0 < found <= all_of_it


def test_a_truncated_flac_ends_where_its_sound_ends(tmp_path: Path):
    path = tmp_path / "cut.flac"
    path.write_bytes((DATA / "speech.flac").read_bytes()[:30_000])
    info = probe(path)
    assert 15_000 < info.frames < 41_885
    whole = soundfile.read(DATA / "speech.flac", dtype="float32")[0]
    x = np.concatenate([part.copy() for part in read(path, info, info.rate)], axis=1)
    assert np.array_equal(x[0], whole[: info.frames])


def test_a_flac_of_unknown_length_is_counted_and_read_whole(tmp_path: Path):
    data = bytearray((DATA / "speech.flac").read_bytes())
    data[21] &= 0xF0  # the total of samples is the lower half of this byte and the next four
    data[22:26] = bytes(4)
    path = tmp_path / "unknown.flac"
    path.write_bytes(data)
    assert ending(path) == 41_885
    (x,) = read(path, probe(path), 22_050, 41_000)
    assert np.array_equal(x[0], soundfile.read(DATA / "speech.flac", dtype="float32", start=41_000)[0])


def test_a_flac_that_claims_years_is_counted(tmp_path: Path):
    data = bytearray((DATA / "speech.flac").read_bytes())
    data[21] |= 0x0F
    data[22:26] = b"\xff" * 4
    path = tmp_path / "years.flac"
    path.write_bytes(data)
    assert ending(path) == 41_885


def test_a_flac_broken_in_its_middle_says_where(tmp_path: Path):
    data = bytearray((DATA / "speech.flac").read_bytes())
    data[30_000:30_050] = bytes(50)
    path = tmp_path / "broken.flac"
    path.write_bytes(data)
    assert "broken.flac breaks off at 0." in str(ending(path))


def test_an_mp3_cut_short_ends_where_its_sound_ends(tmp_path: Path):
    path = tmp_path / "cut.mp3"
    path.write_bytes((DATA / "speech.mp3").read_bytes()[:16_000])
    found = ending(path)
    assert isinstance(found, int) and 60_000 < found < 100_000


def test_a_sound_that_vanishes_after_the_plan_is_an_error(tmp_path: Path):
    path = tmp_path / "speech.wav"
    soundfile.write(path, np.zeros(50_000), 8000)
    info = probe(path)
    soundfile.write(path, np.zeros(20_000), 8000)
    with pytest.raises(AudioFileError, match=r"breaks off at 2\.500 s"):
        list(read(path, info, 8000))
    soundfile.write(path, np.zeros((50_000, 2)), 8000)
    with pytest.raises(AudioFileError, match="has changed"):
        list(read(path, info, 8000))
    path.unlink()
    with pytest.raises(AudioFileError, match="cannot be read"):
        list(read(path, info, 8000))
