"""Every value of a tag is read: several artists are all credited."""

import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audiograph.audiofile import Writer, encoding, id3, tags
from audiograph.audiofile.encodings import TAGS
from audiograph.errors import AudioFileError

COMMENTS = [
    ("ARTIST", "Ann Ünï"),
    ("artist", "李明"),
    ("Artist", "Ann Ünï"),
    ("TITLE", "Air"),
    ("LICENSE", "CC0"),
]


def block(comments: list[tuple[str, str]], picture: int = 0) -> bytes:
    """Vorbis comments; with a picture of so many bytes before them."""
    given = [f"{name}={value}".encode() for name, value in comments]
    if picture:
        given.insert(0, b"METADATA_BLOCK_PICTURE=" + b"A" * picture)
    parts = [b"vendor", *given]
    lengths = [struct.pack("<I", len(part)) + part for part in parts]
    return lengths[0] + struct.pack("<I", len(given)) + b"".join(lengths[1:])


def quiet(path: Path, **options: str) -> Path:
    with Writer(path, 48_000, 1, encoding(path, tags=options), 4800) as file:
        file.write(np.zeros((1, 4800), np.float32))
    return path


def flac(path: Path, comments: list[tuple[str, str]]) -> Path:
    content = quiet(path).read_bytes()
    new = block(comments)
    at = 4 + 4 + 34  # after STREAMINFO
    path.write_bytes(content[:at] + b"\x04" + len(new).to_bytes(3, "big") + new + content[at:])
    return path


def checksum(page: bytes) -> int:
    register = 0
    for byte in page:
        register ^= byte << 24
        for _ in range(8):
            register = (register << 1 ^ (0x04C11DB7 if register >> 31 else 0)) & 0xFFFFFFFF
    return register


def ogg_pages(content: bytes) -> list[bytes]:
    pages, at = [], 0
    while at < len(content):
        count = content[at + 26]
        size = 27 + count + sum(content[at + 27 : at + 27 + count])
        pages.append(content[at : at + size])
        at += size
    return pages


def opus(path: Path, comments: list[tuple[str, str]], picture: int = 0) -> Path:
    """An Opus file with these comments; the page of the old ones is replaced, by several if need be."""
    first, _, *rest = ogg_pages(quiet(path).read_bytes())
    packet = b"OpusTags" + block(comments, picture)
    sizes = [255] * (len(packet) // 255) + [len(packet) % 255]
    pages, at = [first], 0
    for number, begin in enumerate(range(0, len(sizes), 255), 1):
        table = sizes[begin : begin + 255]
        body = packet[at : at + sum(table)]
        at += len(body)
        head = b"OggS\0" + bytes([number > 1]) + bytes(8) + first[14:18]
        head += struct.pack("<IIB", number, 0, len(table)) + bytes(table)
        page = head + body
        pages.append(page[:22] + checksum(page).to_bytes(4, "little") + page[26:])
    for number, page in enumerate(rest, len(pages)):
        blank = page[:18] + struct.pack("<II", number, 0) + page[26:]
        pages.append(blank[:22] + checksum(blank).to_bytes(4, "little") + blank[26:])
    path.write_bytes(b"".join(pages))
    return path


def id3_tag(version: int, frames: list[tuple[bytes, bytes]], flags: int = 0) -> bytes:
    body = b""
    for name, content in frames:
        size = len(content).to_bytes(3 if version == 2 else 4, "big")
        size = id3._synchsafe(len(content)) if version == 4 else size
        body += name + size + (b"" if version == 2 else b"\0\0") + content
    body += bytes(100)  # padding
    if flags & 0x80:
        body = body.replace(b"\xff", b"\xff\0")
    return b"ID3" + bytes([version, 0, flags]) + id3._synchsafe(len(body)) + body


def test_all_artists_of_a_flac_file(tmp_path: Path):
    found = tags(flac(tmp_path / "a.flac", COMMENTS))
    assert (found["artist"], found["title"], found["license"]) == ("Ann Ünï, 李明", "Air", "CC0")


@pytest.mark.parametrize("picture", [0, 200_000])
def test_all_artists_of_an_opus_file(tmp_path: Path, picture: int):
    found = tags(opus(tmp_path / "a.opus", COMMENTS, picture))
    assert (found["artist"], found["title"]) == ("Ann Ünï, 李明", "Air")


@pytest.mark.parametrize("kind", ["mp3", "flac", "ogg", "opus"])
def test_all_artists_of_joined_files(tmp_path: Path, kind: str):
    joined = b"".join(quiet(tmp_path / f"{name}.{kind}", artist=name).read_bytes() for name in ("Ann", "Bob"))
    (tmp_path / f"both.{kind}").write_bytes(joined)
    assert tags(tmp_path / f"both.{kind}")["artist"] == "Ann, Bob"


@pytest.mark.parametrize(
    ("version", "frames"),
    [
        (4, [(b"TPE1", b"\x03Ann\0\xe6\x9d\x8e\0Bob")]),
        (4, [(b"TPE1", b"\x00Ann"), (b"TPE1", b"\x03\xe6\x9d\x8e"), (b"TPE1", b"\x00Bob")]),
        (3, [(b"TPE1", b"\x01" + "Ann\0李\0Bob".encode("utf-16"))]),
        (3, [(b"TPE1", b"\x01\xfe\xff" + "Ann\0\ufeff李\0Bob\0".encode("utf-16-be"))]),
        (2, [(b"TP1", b"\x01" + "Ann\0李\0Bob".encode("utf-16"))]),
    ],
)
@pytest.mark.parametrize("flags", [0, 0x80])
def test_all_artists_of_an_mp3_file(
    tmp_path: Path, version: int, frames: list[tuple[bytes, bytes]], flags: int
):
    path = quiet(tmp_path / "a.mp3")
    if version == 4 and flags:
        frames = [(name, content.replace(b"\xff", b"\xff\0")) for name, content in frames]
        flags = 0
    path.write_bytes(id3_tag(version, frames, flags) + path.read_bytes())
    assert tags(path)["artist"] == "Ann, 李, Bob"


def test_licences_of_an_mp3_file(tmp_path: Path):
    path = quiet(tmp_path / "a.mp3")
    sound = path.read_bytes()
    address = b"https://creativecommons.org/licenses/by/4.0/"
    path.write_bytes(
        id3_tag(3, [(b"WCOP", address), (b"COMM", b"\0engnote\0x"), (b"COMM", b"\0eng\0y")]) + sound
    )
    assert tags(path)["license"] == address.decode() and tags(path)["comment"] == "y"
    path.write_bytes(id3_tag(4, [(b"TXXX", b"\x03LICENSE\0CC0"), (b"TXXX", b"\x03other\0z")]) + sound)
    assert tags(path)["license"] == "CC0"


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "ogg", "opus", "caf", "rf64", "aiff"])
def test_what_is_written_is_read(tmp_path: Path, kind: str):
    given = {"title": "Café", "artist": "Ann, 李", "copyright": "© Ann", "comment": "two\nlines"}
    found = tags(quiet(tmp_path / f"a.{kind}", **given))
    assert {name: found.get(name) for name in given} == given
    if kind == "mp3":
        assert tags(quiet(tmp_path / "b.mp3", **{name: name for name in TAGS})) == {
            name: name for name in TAGS
        }


def chunk(name: bytes, content: bytes, order: str = "<") -> bytes:
    return name + struct.pack(order + "I", len(content)) + content + b"\0" * (len(content) % 2)


def with_chunks(path: Path, chunks: bytes, order: str = "<") -> Path:
    content = path.read_bytes() + chunks
    path.write_bytes(content[:4] + struct.pack(order + "I", len(content) - 8) + content[8:])
    return path


def test_all_artists_of_a_wav_and_an_aiff_file(tmp_path: Path):
    listed = chunk(b"LIST", b"INFO" + chunk(b"IART", b"Ann\0") + chunk(b"IART", "Bée\0".encode("latin-1")))
    assert tags(with_chunks(quiet(tmp_path / "a.wav"), listed))["artist"] == "Ann, Bée"
    tag = id3_tag(4, [(b"TPE1", b"\x03Ann\0Bob")])
    assert tags(with_chunks(quiet(tmp_path / "b.wav"), chunk(b"id3 ", tag)))["artist"] == "Ann, Bob"
    aiff = with_chunks(
        quiet(tmp_path / "a.aiff"), chunk(b"AUTH", b"Ann", ">") + chunk(b"AUTH", b"Bob", ">"), ">"
    )
    assert tags(aiff)["artist"] == "Ann, Bob"
    aiff = with_chunks(quiet(tmp_path / "b.aiff"), chunk(b"ID3 ", tag, ">"), ">")
    assert tags(aiff)["artist"] == "Ann, Bob"


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")
@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.ogg", "a.wav"])
def test_what_ffmpeg_writes_is_read(tmp_path: Path, name: str):
    options = ["-metadata", "artist=Ann & 李", "-metadata", "title=Air", "-metadata", "copyright=CC0"]
    path = tmp_path / name
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=d=0.2", *options, path], check=True)
    found = tags(path)
    assert (found["artist"], found["title"], found["copyright"]) == ("Ann & 李", "Air", "CC0")


@pytest.mark.parametrize("kind", ["flac", "mp3", "ogg", "opus", "wav", "aiff"])
def test_damaged_tags_end_nothing(tmp_path: Path, kind: str):
    path = quiet(tmp_path / f"a.{kind}", title="x" * 300, artist="y" * 300)
    content, random = path.read_bytes(), np.random.default_rng(4)
    for _ in range(60):
        hurt = bytearray(content)
        for at in random.integers(12, 700, 4):
            hurt[at] = random.integers(256)
        path.write_bytes(hurt)
        try:
            soundfile.info(path)
            tags(path)
        except (soundfile.LibsndfileError, AudioFileError):
            pass
