"""What an encoder cannot do is reported before the render, with what would work."""

from pathlib import Path
from typing import Any

import pytest

from audiograph.audiofile import Encoding, check, encoding, has_sound_suffix
from audiograph.audiofile.encodings import KINDS
from audiograph.errors import AudioFileError


def refused(name: str, **options: Any) -> str:
    with pytest.raises(AudioFileError) as caught:
        encoding(Path(name), **options)
    return str(caught.value)


def checked(name: str, rate: int, channels: int, frames: int = 1000, **options: Any) -> list[str]:
    return check(encoding(Path(name), **options), rate, channels, frames)


def test_the_suffix_selects_the_format():
    assert encoding(Path("a.WAV")) == Encoding("wav", 16)
    assert encoding(Path("a.aif")) == encoding(Path("a.aiff")) == Encoding("aiff", 16)
    assert encoding(Path("a.oga")) == Encoding("ogg")
    assert (
        encoding(Path("a"), format="flac") == encoding(Path("a.mp3"), format="flac") == Encoding("flac", 16)
    )


def test_dither_is_triangular_by_default():
    assert (
        encoding(Path("a.wav")).dither == encoding(Path("a.wav"), dither="triangular").dither == "triangular"
    )
    assert encoding(Path("a.wav"), dither="noise_shaped").dither == "noise_shaped"


@pytest.mark.parametrize("bits", [24, "24", "24 bit", "24bit"])
def test_bits_may_be_a_number_or_a_text(bits: Any):
    assert encoding(Path("a.wav"), bits=bits).bits == 24


def test_32_bits_are_float():
    assert encoding(Path("a.wav"), bits="32f").subtype == encoding(Path("a.wav"), bits=32).subtype == "FLOAT"


@pytest.mark.parametrize(
    "bitrate", [192, 192.0, "192", "192k", "192K", "192 kbit/s", "192kbps", 192_000, "192000"]
)
def test_a_bitrate_may_be_written_in_many_ways(bitrate: Any):
    assert encoding(Path("a.mp3"), bitrate=bitrate).bitrate == 192


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("a.wva", {}, "'wva' is not one of wav, flac, mp3, ogg, opus, aiff, caf, rf64, w64 or raw; 'wav'?"),
        ("a", {}, "a has no suffix that says what to write: wav,"),
        ("a.m4a", {}, "m4a is not written; write wav, and convert it with ffmpeg"),
        ("a.wav", {"bits": 20}, "wav takes bits: 16, 24 or 32, not 20"),
        ("a.flac", {"bits": "32f"}, "flac takes bits: 16 or 24, not 32f"),
        ("a.mp3", {"bits": 16}, "mp3 has no bits; it takes a bitrate, such as 192k"),
        ("a.wav", {"bitrate": 192}, "wav has no bitrate; it takes bits: 16, 24 or 32"),
        ("a.mp3", {"bitrate": "fast"}, "'fast' is not a bitrate such as 192k"),
        ("a.mp3", {"bitrate": -1}, "-1 is not a bitrate"),
        ("a.mp3", {"bitrate": 0}, "0 is not a bitrate"),
        ("a.mp3", {"bitrte": 192}, "'bitrte' is not one of bits, bitrate,"),
        (
            "a.wav",
            {"dither": "shaped"},
            "dither 'shaped' is not one of none, triangular, triangular_highpass or",
        ),
        ("a.flac", {"dither": "triangle"}, "; 'triangular'?"),
        ("a.wav", {"dither": False}, "dither False is not one of none,"),
        ("a.mp3", {"dither": "triangular"}, "a.mp3: mp3 takes no dither: leave it out"),
        (
            "a.wav",
            {"bits": 32, "dither": "none"},
            "32 bits are float, which takes no dither: leave it out",
        ),
        ("a.mp3", {"tags": {"titel": "x"}}, "'titel' is not one of title, artist,"),
        ("a.mp3", {"tags": {"title": "x" * 2001}}, "title is not a text of at most 2000 characters"),
        ("a.mp3", {"tags": {"title": "x\0y"}}, "title is not a text"),
    ],
)
def test_unfit_options_are_refused_with_what_would_work(name: str, options: dict[str, Any], says: str):
    assert says in refused(name, **options)


@pytest.mark.parametrize(
    ("name", "rate", "channels", "says"),
    [
        (
            "a.opus",
            44_100,
            2,
            "OPUS takes 8 kHz, 12 kHz, 16 kHz, 24 kHz or 48 kHz, not 44.1 kHz: set rate: 48 kHz",
        ),
        ("a.mp3", 96_000, 2, "not 96 kHz: set rate: 48 kHz"),
        ("a.mp3", 44_100, 6, "MP3 takes 1 to 2 channels, and this has 6"),
        ("a.flac", 44_100, 9, "FLAC takes 1 to 8 channels, and this has 9"),
    ],
)
def test_rates_and_channels_are_checked(name: str, rate: int, channels: int, says: str):
    assert any(says in found for found in checked(name, rate, channels))


def test_bitrates_are_checked():
    (found,) = checked("a.mp3", 44_100, 2, bitrate=200)
    assert found.startswith("MP3 at 44.1 kHz takes bitrates of 32, 40,") and found.endswith("kbit/s, not 200")
    assert checked("a.mp3", 22_050, 1, bitrate=320)
    assert checked("a.opus", 48_000, 2, bitrate=1000) == [
        "OPUS takes 12 to 512 kbit/s for 2 channels, not 1000"
    ]
    assert checked("a.ogg", 48_000, 1, bitrate=500)


def test_all_faults_are_reported_at_once():
    assert len(checked("a.mp3", 50_000, 6)) == 2


def test_files_over_4_gb_are_refused_only_by_formats_that_cannot_hold_them():
    hours = 7 * 3600 * 48_000
    assert checked("a.aiff", 48_000, 2, hours) == ["AIFF holds 4 GB, and this is more: write wav, w64 or caf"]
    assert not any(
        checked(f"a.{kind}", 48_000, 2, hours) for kind in ("wav", "flac", "mp3", "rf64", "w64", "caf")
    )


def test_unsupported_tags_are_reported():
    assert checked("a.w64", 48_000, 2, tags={"title": "x"}) == ["W64 has no room for title"]
    (found,) = checked("a.aiff", 48_000, 2, tags={"title": "x", "album": "y"})
    assert found == "AIFF has no room for album: it takes title, artist, comment or copyright"
    assert not checked("a.mp3", 48_000, 2, tags={"title": "x", "album": "y", "license": "z"})


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_encoder_supports_every_default_bitrate(rate: int, channels: int):
    assert not checked("a.mp3", rate, channels)
    assert not checked("a.ogg", rate, channels)


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_is_known_by_its_name_as_a_suffix(kind: str):
    assert encoding(Path(f"a.{kind}")).kind == kind and has_sound_suffix(Path(f"a.{kind.upper()}"))


def test_a_name_without_the_suffix_of_a_format_is_no_sound_file():
    assert not any(has_sound_suffix(Path(name)) for name in ("album", "wav", "a.txt", "a.wav.d"))
