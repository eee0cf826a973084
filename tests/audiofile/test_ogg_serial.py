"""Ogg files of one sound are equal, and their checksums are right."""

import shutil
import subprocess
from pathlib import Path
from time import sleep

import numpy as np
import pytest

from audiograph.audiofile import Writer, encoding, ogg_serial, probe, read
from audiograph.audiofile.encodings import KINDS
from audiograph.sound import Audio

RATE = 48_000


def checksum(page: bytes) -> int:
    """The checksum of a page, bit by bit, as RFC 3533 has it."""
    register = 0
    for byte in page[:22] + bytes(4) + page[26:]:
        register ^= byte << 24
        for _ in range(8):
            register = (register << 1 ^ (ogg_serial.POLYNOMIAL if register >> 31 else 0)) & 0xFFFFFFFF
    return register


def pages(path: Path) -> list[bytes]:
    content = path.read_bytes()
    with path.open("rb") as file:
        found = ogg_serial._pages(file)
    return [content[at : at + length] for at, length in zip(found.starts, found.lengths, strict=True)]


def noise(frames: int = RATE, seed: int = 1) -> Audio:
    return np.random.default_rng(seed).normal(0, 0.1, (2, frames)).astype(np.float32)


def write(path: Path, x: Audio, block: int = 10_000, **options: object) -> bytes:
    with Writer(path, RATE, len(x), encoding(path, **options), x.shape[1]) as file:
        for first in range(0, x.shape[1], block):
            file.write(x[:, first : first + block])
    return path.read_bytes()


@pytest.mark.parametrize("name", ["a.ogg", "a.opus"])
def test_two_files_of_one_sound_are_equal_whatever_the_blocks(tmp_path: Path, name: str):
    x, tags = noise(), {"title": "Café"}
    files = {write(tmp_path / name, x, block, tags=tags) for block in (10_000, RATE, 777)}
    assert len(files) == 1


@pytest.mark.parametrize("name", ["a.ogg", "a.opus"])
def test_every_page_has_its_checksum_and_one_serial_number(tmp_path: Path, name: str):
    write(tmp_path / name, noise(3 * RATE))
    found = pages(tmp_path / name)
    assert len(found) > 3 and len({page[14:18] for page in found}) == 1
    assert [checksum(page) for page in found] == [int.from_bytes(page[22:26], "little") for page in found]


@pytest.mark.parametrize("name", ["a.ogg", "a.opus"])
def test_other_sounds_and_tags_have_other_serial_numbers(tmp_path: Path, name: str):
    x = noise()
    write(tmp_path / name, x)
    serials = {pages(tmp_path / name)[0][14:18]}
    for other, tags in ((noise(seed=2), {}), (x, {"title": "b"}), (x[:, :-1000], {})):
        write(tmp_path / name, other, tags=tags)
        serials.add(pages(tmp_path / name)[0][14:18])
    assert len(serials) == 4


def test_files_of_every_format_are_equal_at_any_time_of_day(tmp_path: Path):
    x = noise()
    tags = {name: dict.fromkeys(kind.tags[:3], "Café") for name, kind in KINDS.items()}
    first = {name: write(tmp_path / f"a.{name}", x, tags=tags[name]) for name in KINDS}
    sleep(1.1)  # some formats have room for the time in seconds
    for name in KINDS:
        assert write(tmp_path / f"b.{name}", x, 7777, tags=tags[name]) == first[name], name


def test_a_silent_and_a_short_file_are_whole(tmp_path: Path):
    for name in ("a.ogg", "a.opus"):
        for frames in (1, 100, RATE):
            x = np.zeros((1, frames), np.float32)
            assert write(tmp_path / name, x) == write(tmp_path / name, x)
            info = probe(tmp_path / name)
            assert sum(part.shape[1] for part in read(tmp_path / name, info, RATE)) == frames


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")
@pytest.mark.parametrize("name", ["a.ogg", "a.opus"])
def test_ffmpeg_reads_it_without_a_word(tmp_path: Path, name: str):
    write(tmp_path / name, noise(3 * RATE))
    command = [
        "ffmpeg",
        "-v",
        "warning",
        "-err_detect",
        "crccheck+explode",
        "-i",
        tmp_path / name,
        "-f",
        "null",
        "-",
    ]
    found = subprocess.run(command, capture_output=True, text=True)
    assert (found.returncode, found.stderr) == (0, "")


def test_the_change_of_a_checksum_is_that_of_the_page(tmp_path: Path):
    random = np.random.default_rng(5)
    lengths = np.array([28, 29, 60, 255, 256, 4321])
    for length in lengths.tolist():
        page = bytearray(random.bytes(length))
        before, difference = checksum(bytes(page)), int(random.integers(1, 2**32))
        page[14:18] = (int.from_bytes(page[14:18], "little") ^ difference).to_bytes(4, "little")
        change = ogg_serial.change(np.array([difference], np.uint32), np.array([length]))
        assert before ^ int(change[0]) == checksum(bytes(page))
