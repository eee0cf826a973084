"""Ogg files as they are found: Opus of any input rate, cut, cut out, without an end, damaged."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from ogg_files import ENDED, by_ffmpeg, encoded, heard, pages, rewritten, whole

from audiograph.audiofile import ogg, ogg_streams, probe

DATA = Path(__file__).parents[1] / "data"
INSIDE = "is cut short: it ends inside a page"
needs_ffmpeg = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")
codecs = pytest.mark.parametrize("codec", ["VORBIS", "OPUS"])


def test_pages_are_written_as_they_were():
    data = encoded("VORBIS")
    assert rewritten(data, lambda page: (page.granule, page.flags)) == data


@pytest.mark.parametrize("rate", [8000, 12_000, 16_000, 24_000, 48_000])
@pytest.mark.parametrize("told", [None, 0, 8000, 44_100, 192_000])
def test_opus_is_decoded_at_48_khz_whatever_its_input_rate(tmp_path: Path, rate: int, told: int | None):
    data = encoded("OPUS", rate)
    if told is not None:
        first = pages(data)[0]
        text = bytearray(data[: first.end])
        text[first.body + 12 : first.body + 16] = told.to_bytes(4, "little")
        data = ogg.summed(bytes(text)) + data[first.end :]
    x, note = heard(tmp_path, data)
    info = probe(tmp_path / "x.ogg")
    assert (info.rate, x.shape[1], note) == (48_000, 3 * 48_000, "")


def test_opus_with_a_low_input_rate_keeps_its_high_frequencies(tmp_path: Path):
    path = tmp_path / "tone.ogg"
    tone = 0.3 * np.sin(2 * np.pi * 9000 / 48_000 * np.arange(48_000))
    soundfile.write(path, tone, 48_000, format="OGG", subtype="OPUS")
    data = path.read_bytes()
    first = pages(data)[0]
    text = bytearray(data[: first.end])
    text[first.body + 12 : first.body + 16] = (8000).to_bytes(4, "little")
    x, _ = heard(tmp_path, ogg.summed(bytes(text)) + data[first.end :])
    assert np.corrcoef(x[0, 5000:40_000], tone[5000:40_000])[0, 1] > 0.95


@codecs
def test_without_an_end_of_stream_page_nothing_is_lost(tmp_path: Path, codec: str):
    data = encoded(codec)
    expected, _ = heard(tmp_path, data)
    x, note = heard(tmp_path, rewritten(data, lambda page: (page.granule, page.flags & ~ogg.ENDS)))
    assert 0 <= x.shape[1] - expected.shape[1] < 2048
    assert np.abs(x[:, : expected.shape[1] - 960] - expected[:, :-960]).max() < 1e-5
    assert note == ENDED


@codecs
def test_granule_positions_that_do_not_begin_at_zero_change_no_sound(tmp_path: Path, codec: str):
    data = encoded(codec)
    expected, _ = heard(tmp_path, data)
    x, note = heard(tmp_path, rewritten(data, lambda p: (p.granule + 10**7 * (p.granule > 0), p.flags)))
    assert np.abs(x - expected).max() < 1e-6
    assert note == ""


@codecs
def test_a_cut_file_has_every_whole_packet_and_says_so(tmp_path: Path, codec: str):
    data = encoded(codec)
    expected, _ = heard(tmp_path, data)
    starts = [page.start for page in pages(data)]
    for size in (len(data) - 1, starts[-1] + 50, starts[-1] - 100, len(data) * 2 // 3):
        x, note = heard(tmp_path, data[:size])
        heads = pages(data)[2 if codec == "OPUS" else 1].end
        share = (size - heads) / (len(data) - heads)
        if codec == "OPUS":  # 20 ms a packet; the first 312 frames are no sound
            packets = [stop for page in pages(data)[2:] for _, stop, _ in page.packets()]
            assert x.shape[1] == 960 * sum(stop <= size for stop in packets) - 312
        else:
            assert abs(x.shape[1] - share * expected.shape[1]) < 0.1 * 48_000
        same = x.shape[1] - 2048
        assert np.abs(x[:, :same] - expected[:, :same]).max() < 1e-5
        assert note == INSIDE
    x, note = heard(tmp_path, data[: starts[-1]])
    assert note == ENDED
    assert np.abs(x[:, :-2048] - expected[:, : x.shape[1] - 2048]).max() < 1e-5


@codecs
def test_a_missing_page_and_junk_between_pages_are_told(tmp_path: Path, codec: str):
    data = encoded(codec)
    expected, _ = heard(tmp_path, data)
    page = pages(data)[-2]
    x, note = heard(tmp_path, data[: page.start] + b"junk" * 500 + data[page.start :])
    assert np.abs(x - expected).max() < 1e-6
    assert note == "is damaged: 2000 bytes in it are no sound, and left out"
    x, note = heard(tmp_path, data[: page.start] + data[page.end :])
    assert note == "is damaged: 1 page missing"
    assert 0 < x.shape[1] < expected.shape[1]


@needs_ffmpeg
@codecs
@pytest.mark.parametrize("cut", [["-ss", "1.3"], ["-t", "1.7"], ["-ss", "0.61", "-t", "1.3"]])
def test_a_stream_copy_has_all_that_ffmpeg_decodes(tmp_path: Path, codec: str, cut: list[str]):
    path = tmp_path / "copy.ogg"
    (tmp_path / "x.ogg").write_bytes(encoded(codec))
    copy = ["ffmpeg", "-v", "error", *cut, "-i", tmp_path / "x.ogg", "-c", "copy", "-y", path]
    subprocess.run(copy, check=True)
    x, y = whole(path), by_ffmpeg(path, 1)
    assert abs(x.shape[1] - y.shape[1]) <= 960
    both = min(x.shape[1], y.shape[1])
    assert np.corrcoef(x[0, :both], y[0, :both])[0, 1] > 0.999


@needs_ffmpeg
@pytest.mark.parametrize(
    "options", [["-c:a", "libvorbis", "-q:a", "9"], ["-c:a", "libopus", "-b:a", "300k", "-vbr", "off"]]
)
def test_a_long_ogg_file_is_told_without_a_look_at_every_page(tmp_path: Path, options: list[str]):
    path = tmp_path / "long.ogg"
    loop = ["-stream_loop", "60", "-i", DATA / "music.ogg", "-t", "30"]
    subprocess.run(["ffmpeg", "-v", "error", *loop, *options, "-y", path], check=True)
    assert path.stat().st_size > ogg_streams.THOROUGH
    assert probe(path).patch is None
    assert abs(probe(path).frames / probe(path).rate - 30) < 0.05


def test_ordinary_files_need_no_patch(tmp_path: Path):
    for codec in ("VORBIS", "OPUS"):
        heard(tmp_path, encoded(codec))
        assert probe(tmp_path / "x.ogg").patch is None
    for name in ("music.ogg", "speech_ffmpeg.opus"):
        assert (probe(DATA / name).patch, probe(DATA / name).note) == (None, "")


@codecs
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_chained_streams_with_channels_that_change_are_heard_whole(tmp_path: Path, codec: str, channels: int):
    x, note = heard(tmp_path, encoded(codec, seconds=1) + encoded(codec, seconds=0.5, channels=channels))
    assert x.shape == (1, 72_000)
    assert np.sqrt(np.mean(x[:, 50_000:70_000] ** 2)) > 0.01
    assert note == "" if channels == 1 else "all become like the first" in note
