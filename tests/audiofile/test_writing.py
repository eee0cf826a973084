"""Writing sound files: they contain what was written, and appear whole or not at all."""

import resource
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from audiograph.audiofile import Writer, encoding, probe, read, writing
from audiograph.errors import AudioFileError, NotFinite
from audiograph.sound import Audio

RATE = 48_000


def noise(channels: int = 2, frames: int = RATE, level: float = 0.2) -> Audio:
    return np.random.default_rng(7).normal(0, level, (channels, frames)).clip(-1, 1).astype(np.float32)


def write(path: Path, x: Audio, rate: int = RATE, block: int = 5000, **options: Any) -> Writer:
    with Writer(path, rate, x.shape[0], encoding(path, **options), x.shape[1]) as writer:
        for first in range(0, x.shape[1], block):
            writer.write(x[:, first : first + block])
    return writer


def whole(path: Path) -> Audio:
    info = probe(path)
    return np.concatenate([part.copy() for part in read(path, info, info.rate)], axis=1)


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize(
    ("name", "bits", "error"),
    [
        ("a.wav", 16, 1.5 / 2**15), ("a.wav", 24, 1.6 / 2**23), ("a.wav", 32, 0), ("a.rf64", 16, 1.5 / 2**15),
        ("a.flac", 16, 1.5 / 2**15), ("a.flac", 24, 1.6 / 2**23), ("a.w64", 24, 1.6 / 2**23),
        ("a.aiff", 16, 1.5 / 2**15), ("a.aiff", 24, 1.6 / 2**23), ("a.aiff", 32, 0), ("a.caf", 32, 0),
    ],
)  # fmt: skip
def test_what_is_written_is_read_within_a_step_and_a_half(
    tmp_path: Path, name: str, bits: int, error: float, channels: int
):
    x = noise(channels, 20_001)
    writer = write(tmp_path / name, x, bits=bits)
    assert np.abs(whole(tmp_path / name) - x).max() <= error
    assert (writer.frames, writer.clipped) == (20_001, int((np.abs(x) > 1).sum()))
    assert writer.peak == np.abs(x).max()


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    ("name", "rate"),
    [
        ("a.mp3", 44_100), ("a.mp3", 22_050), ("a.mp3", 8000), ("a.ogg", 44_100), ("a.ogg", 8000),
        ("a.opus", 48_000), ("a.opus", 24_000),
    ],
)  # fmt: skip
def test_a_lossy_file_has_every_frame_and_sounds_alike(tmp_path: Path, name: str, rate: int, channels: int):
    tone = 0.5 * np.sin(2 * np.pi * 440 / rate * np.arange(rate // 2, dtype=np.float32))
    write(tmp_path / name, np.repeat(tone[None], channels, axis=0).astype(np.float32), rate)
    found = whole(tmp_path / name)
    heard = 48_000 if name.endswith("opus") else rate  # Opus is always decoded at 48 kHz
    tone = np.sin(2 * np.pi * 440 / heard * np.arange(heard // 2, dtype=np.float32))
    assert found.shape == (channels, heard // 2)
    middle = slice(heard // 8, 3 * heard // 8)
    assert np.corrcoef(found[0, middle], tone[middle])[0, 1] > 0.99


@pytest.mark.parametrize(
    ("rate", "channels", "bitrate"),
    [(44_100, 2, 192), (44_100, 2, 320), (48_000, 2, 128), (44_100, 1, 64), (22_050, 1, 48), (8000, 1, 16)],
)
def test_an_mp3_has_the_bitrate_asked_for(tmp_path: Path, rate: int, channels: int, bitrate: int):
    write(tmp_path / "a.mp3", noise(channels, 4 * rate), rate, bitrate=bitrate)
    found = (tmp_path / "a.mp3").stat().st_size * 8 / 4 / 1000
    assert found == pytest.approx(bitrate, rel=0.05)


@pytest.mark.parametrize(("channels", "bitrate"), [(2, 64), (2, 128), (1, 32), (1, 96)])
def test_an_opus_file_has_about_the_bitrate_asked_for(tmp_path: Path, channels: int, bitrate: int):
    write(tmp_path / "a.opus", noise(channels, 3 * RATE), bitrate=bitrate)
    assert (tmp_path / "a.opus").stat().st_size * 8 / 3 / 1000 == pytest.approx(bitrate, rel=0.15)


def test_more_bitrate_makes_a_larger_vorbis_file(tmp_path: Path):
    sizes = []
    for bitrate in (80, 128, 192, 320):
        write(tmp_path / "a.ogg", noise(2, 2 * RATE), bitrate=bitrate)
        sizes.append((tmp_path / "a.ogg").stat().st_size * 8 / 2 / 1000)
    assert sizes == sorted(sizes)
    assert sizes[1] == pytest.approx(128, rel=0.4)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.aiff", "a.caf"])
@pytest.mark.parametrize("bits", [None, 24, 32])
def test_two_files_of_one_sound_are_equal_whatever_the_blocks(tmp_path: Path, name: str, bits: int | None):
    if bits and (name == "a.mp3" or (name == "a.flac" and bits == 32)):
        return
    x, files = noise(2, 30_000), []
    for block in (30_000, 977, 4096):
        write(tmp_path / name, x, block=block, bits=bits)
        files.append((tmp_path / name).read_bytes())
    assert files[0] == files[1] == files[2]


@pytest.mark.parametrize("bits", [16, 24, 32])
def test_silence_is_written_as_zeros_would_be(tmp_path: Path, bits: int):
    x, path = noise(2, 3000), tmp_path / "a.wav"
    with Writer(path, RATE, 2, encoding(path, bits=bits)) as writer:
        writer.write(x)
        writer.silence(40_000)
        writer.silence(0)
        writer.write(x)
    found = path.read_bytes()
    write(path, np.concatenate([x, np.zeros((2, 40_000), np.float32), x], axis=1), bits=bits)
    assert found == path.read_bytes()


@pytest.mark.parametrize("name", ["a.wav", "a.rf64", "a.w64", "a.caf"])
def test_a_zero_has_no_sign_in_a_file_of_floats(tmp_path: Path, name: str):
    """What decays to nothing from below ends as -0, at a frame that may depend on the size of blocks."""
    for path, zero in ((tmp_path / name, 0.0), (tmp_path / f"b_{name}", -0.0)):
        with Writer(path, 8000, 2, encoding(path, bits=32), 3000) as file:
            file.write(np.full((2, 3000), zero, np.float32))
    assert (tmp_path / name).read_bytes() == (tmp_path / f"b_{name}").read_bytes()


def test_dither_can_be_left_out(tmp_path: Path):
    write(tmp_path / "a.wav", np.zeros((1, 1000), np.float32), dither="none")
    assert not whole(tmp_path / "a.wav").any()


@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("dither", ["none", "triangular", "triangular_highpass", "noise_shaped"])
def test_each_kind_of_dither_writes_the_same_file_in_any_blocks(tmp_path: Path, dither: str, bits: int):
    x = noise(2, 9000) / 4
    writer = write(tmp_path / "whole.wav", x, bits=bits, dither=dither)
    chosen = encoding(tmp_path / "cut.wav", bits=bits, dither=dither)
    with Writer(tmp_path / "cut.wav", writer.rate, 2, chosen) as file:
        for first, last in ((0, 1), (1, 4097), (4097, 9000)):
            file.write(x[:, first:last])
    assert (tmp_path / "cut.wav").read_bytes() == (tmp_path / "whole.wav").read_bytes()
    assert (file.frames, file.peak) == (9000, np.abs(x).max())
    assert 0 < np.abs(whole(tmp_path / "cut.wav") - x).max() < 20 / 2 ** (bits - 1)


@pytest.mark.parametrize("bits", [16, 24])
def test_samples_beyond_full_scale_are_clipped_and_counted_and_never_wrap(tmp_path: Path, bits: int):
    x = np.array([[1, -1, 1.5, -1.5, 1e30, -1e30, 0.99999]], np.float32)
    writer = write(tmp_path / "a.wav", x, bits=bits)
    assert np.abs(whole(tmp_path / "a.wav") - x.clip(-1, 1)).max() < 3 / 2 ** (bits - 1)
    assert (writer.clipped, writer.peak) == (4, np.float32(1e30))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["a.wav", "a.mp3"])
def test_a_sample_that_is_not_finite_is_reported_with_its_position(tmp_path: Path, value: float, name: str):
    x = noise(2, 9000)
    x[1, 7000] = value
    (tmp_path / name).write_bytes(b"as it was")
    with pytest.raises(NotFinite) as caught:
        write(tmp_path / name, x)
    assert (caught.value.channel, caught.value.frame) == (1, 7000)
    assert (tmp_path / name).read_bytes() == b"as it was"
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.ogg", "a.opus", "a.caf", "a.rf64"])
def test_tags_come_back_in_any_script(tmp_path: Path, name: str):
    tags = {
        "title": "Café 中文",
        "artist": "Ünï",
        "album": "песня",
        "comment": "two\nlines",
        "genre": "Speech",
    }
    write(tmp_path / name, noise(2, 5000), tags=tags)
    with soundfile.SoundFile(tmp_path / name) as file:
        assert {key: value for key, value in file.copy_metadata().items() if key in tags} == tags


@pytest.mark.skipif(not shutil.which("ffprobe"), reason="ffprobe is not installed")
@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.ogg", "a.aiff"])
def test_other_programs_see_the_tags(tmp_path: Path, name: str):
    write(tmp_path / name, noise(2, 5000), tags={"title": "Café 中文", "comment": "hallo"})
    command = ["ffprobe", "-v", "error", "-show_entries", "format_tags:stream_tags", tmp_path / name]
    shown = subprocess.run(command, capture_output=True, check=True, text=True, encoding="utf-8")
    assert "=Café 中文\n" in shown.stdout and "=hallo\n" in shown.stdout
    assert shown.stderr == ""


def test_a_wav_over_4_gb_becomes_rf64(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(writing, "RIFF_BYTES", 4000)
    x = noise(2, 1001)
    write(tmp_path / "long.wav", x)
    write(tmp_path / "short.wav", x[:, :1000])
    assert (tmp_path / "long.wav").read_bytes()[:4] == b"RF64"
    assert (tmp_path / "short.wav").read_bytes()[:4] == b"RIFF"
    assert probe(tmp_path / "long.wav").frames == 1001


def test_a_new_file_has_the_rights_of_any_new_file(tmp_path: Path):
    write(tmp_path / "a.wav", noise(1, 100))
    (tmp_path / "plain").touch()
    assert (tmp_path / "a.wav").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_the_target_of_a_link_is_replaced(tmp_path: Path):
    (tmp_path / "there").mkdir()
    (tmp_path / "a.wav").symlink_to(tmp_path / "there" / "b.wav")
    write(tmp_path / "a.wav", noise(1, 100))
    assert (tmp_path / "a.wav").is_symlink()
    assert probe(tmp_path / "there" / "b.wav").frames == 100


def test_an_error_inside_leaves_the_old_file_and_nothing_else(tmp_path: Path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"as it was")
    with pytest.raises(OSError, match="another file"), Writer(path, RATE, 1, encoding(path)) as writer:
        writer.write(noise(1, 100))
        raise OSError("another file")
    assert path.read_bytes() == b"as it was"
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def unwritable(path: Path) -> str:
    with pytest.raises(AudioFileError) as caught, Writer(path, RATE, 1, encoding(path, format="wav")):
        pass
    return str(caught.value)


def test_an_unwritable_path_is_reported_before_any_sound(tmp_path: Path):
    (tmp_path / "folder.wav").mkdir()
    (tmp_path / "loop.wav").symlink_to(tmp_path / "loop.wav")
    assert "there is no folder" in unwritable(tmp_path / "no" / "a.wav")
    assert unwritable(tmp_path / "folder.wav").endswith("cannot be written: it is a folder")
    assert unwritable(Path("/dev/null")) == "/dev/null cannot be written: it is not a regular file"
    assert "cannot be written" in unwritable(tmp_path / "loop.wav")
    assert "cannot be written" in unwritable(Path("/proc/a.wav"))


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.ogg"])
def test_a_full_disk_is_reported_and_leaves_nothing(tmp_path: Path, name: str):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    x = noise(2, 5 * RATE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))
    try:
        with pytest.raises(AudioFileError, match=rf"{name} cannot be written: file too large"):
            write(tmp_path / name, x)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def test_a_file_whose_end_was_lost_is_not_put_in_place(tmp_path: Path):
    path = tmp_path / "a.wav"
    writer = Writer(path, RATE, 1, encoding(path))
    with pytest.raises(AudioFileError, match="was not written whole: 40 of 100 frames"), writer:
        writer.write(noise(1, 40))
        writer._tally.clock[0] = 100  # as if an encoder had kept the rest to itself
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("bitrate", [64, 128, 192, 224, 256, 320])
def test_an_mp3_is_as_loud_as_what_was_written(tmp_path, bitrate):
    """LAME takes up to 0.45 dB off, by bitrate."""
    path, n = tmp_path / "x.mp3", np.arange(2 * 44_100)
    x = np.stack([0.1 * np.sin(2 * np.pi * 997 * n / 44_100)] * 2).astype(np.float32)
    with Writer(path, 44_100, 2, encoding(path, bitrate=bitrate), n.size) as file:
        file.write(x)
    y, _ = soundfile.read(path)
    assert np.std(y[22_050:66_150]) == pytest.approx(np.std(x[:, 22_050:66_150]), rel=0.005)
