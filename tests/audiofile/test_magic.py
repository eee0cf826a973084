"""Kinds that are not read get a command that converts them, from any folder; BW64 is read."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audiograph.audiofile import probe, read
from audiograph.audiofile.decoder import native
from audiograph.errors import AudioFileError

DATA = Path(__file__).parents[1] / "data"
NOT_UTF8 = os.fsdecode(b"caf\xe9.wv") if os.name != "nt" else "café.wv"
has_ffmpeg = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")


def refused(path: Path) -> str:
    with pytest.raises(AudioFileError) as caught:
        probe(path)
    return str(caught.value)


HEADS = {
    "WavPack": b"wvpk", "True Audio": b"TTA1", "Musepack": b"MPCK", "Monkey's Audio": b"MAC \x96",
    "DSD (DSF)": b"DSD ", "DSD (DFF)": b"FRM8" + bytes(8) + b"DSD ", "RealAudio": b".ra\xfd",
    "RealMedia": b".RMF", "MPEG-PS": b"\0\0\1\xba", "AC-3": b"\x0b\x77", "DTS": b"\x7f\xfe\x80\x01",
    "Flash video": b"FLV\x01", "TAK": b"tBaK", "OptimFROG": b"OFR ", "Shorten": b"ajkg",
    "Ogg FLAC": b"OggS" + bytes(24) + b"\x7fFLAC", "Ogg Speex": b"OggS" + bytes(24) + b"Speex   ",
    "MPEG-TS": (b"G" + bytes(187)) * 3, "QuickTime": b"\0\0\0\x08wide", "AAC": b"\xff\xf1\x50\x80",
}  # fmt: skip


@pytest.mark.parametrize("kind", HEADS)
def test_a_kind_that_is_not_read_gets_a_command_that_converts_it(tmp_path: Path, kind: str):
    path = tmp_path / "in a folder" / "it's.snd"
    path.parent.mkdir()
    path.write_bytes(HEADS[kind].ljust(1000, b"\0"))
    said = refused(path)
    start = f"{path}: {kind} is not read: convert it with "
    assert said.startswith(start)
    if os.name != "nt":
        assert shlex.split(said.removeprefix(start)) == [
            "ffmpeg",
            "-i",
            str(path),
            str(path.with_suffix(".wav")),
        ]


def test_midi_is_no_sound(tmp_path: Path):
    (tmp_path / "a.mid").write_bytes(b"MThd\0\0\0\x06\0\1")
    assert "MIDI holds notes and no sound" in refused(tmp_path / "a.mid")


@has_ffmpeg
@pytest.mark.parametrize(
    ("name", "options", "kind"),
    [
        ("a.wv", [], "WavPack"), ("a.tta", [], "True Audio"), ("a.ts", ["-c:a", "mp2"], "MPEG-TS"),
        ("a.m2ts", ["-c:a", "mp2", "-mpegts_m2ts_mode", "1"], "MPEG-TS"), ("a.ac3", [], "AC-3"),
        ("a.oga", ["-c:a", "flac"], "Ogg FLAC"), ("a.voc", [], "Creative Voice"),
        ("a.flv", [], "Flash video"),
        ("a.mov", [], "AAC (M4A)"), ("a.adts", ["-c:a", "aac"], "AAC"),
        ("a.mka", [], "Matroska or WebM"), ("a.mpg", ["-c:a", "mp2"], "MPEG-PS"),
    ],
)  # fmt: skip
def test_the_command_converts_what_ffmpeg_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, options: list[str], kind: str
):
    monkeypatch.chdir(tmp_path)
    make = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=d=0.5:r=44100", *options, name]
    subprocess.run(make, check=True)
    said = refused(Path(name))
    assert f"{name}: {kind} is not read: convert it with ffmpeg -i " in said
    command = said.partition("convert it with ")[2].replace("ffmpeg -i", "ffmpeg -v error -i")
    subprocess.run(["bash", "-c", command], check=True, cwd="/")
    assert probe(tmp_path / "a.wav").frames >= 20_000


@has_ffmpeg
@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
def test_the_command_takes_a_name_in_no_encoding(tmp_path: Path):
    made = tmp_path / "made.wv"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=d=0.5", made], check=True)
    path = tmp_path / NOT_UTF8
    made.rename(path)
    said = refused(path)
    assert r"/caf\xe9.wv: WavPack" in said and said.isascii()
    command = said.partition("convert it with ")[2].replace("ffmpeg -i", "ffmpeg -v error -i")
    subprocess.run(["bash", "-c", command], check=True)
    assert probe(path.with_suffix(".wav")).frames == 22_050


@pytest.mark.parametrize("has_sizes", [True, False])
def test_bw64_is_read_as_the_rf64_it_is(tmp_path: Path, has_sizes: bool):
    x = np.random.default_rng(3).integers(-30_000, 30_000, (5000, 6)).astype(np.int16)
    path = tmp_path / "a.bw64"
    soundfile.write(native(path), x, 48_000, "PCM_16", format="RF64" if has_sizes else "WAVEX")
    path.write_bytes(b"BW64" + path.read_bytes()[4:])
    info = probe(path)
    found = np.concatenate([part.copy() for part in read(path, info, info.rate)], axis=1)
    assert (info.kind, info.frames, info.note) == ("RF64", 5000, "")
    assert (x == found.T * 2**15).all()


def test_a_file_whose_folder_is_in_no_encoding_is_read(tmp_path: Path):
    folder = tmp_path / (os.fsdecode(b"\xd6\xd0\xce\xc4") if os.name != "nt" else "中文")  # Chinese in GBK
    folder.mkdir()
    shutil.copy(DATA / "speech.flac", folder / "a.flac")
    assert probe(folder / "a.flac").frames == probe(DATA / "speech.flac").frames
