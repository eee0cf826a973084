"""Ogg files with two tracks at once, pages with a wrong checksum, and an end that cannot be."""

import shutil
import subprocess
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pytest
from ogg_files import ENDED, by_ffmpeg, encoded, heard, pages, rewritten, whole

from audiograph.audiofile import ogg, ogg_streams, probe

DATA = Path(__file__).parents[1] / "data"
needs_ffmpeg = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")
codecs = pytest.mark.parametrize("codec", ["VORBIS", "OPUS"])


def multiplexed(first: bytes, second: bytes) -> bytes:
    """Two streams at once: the first page of each, then the others by turns."""
    both = []
    for data, serial in ((first, 1), (second, 2)):
        both.append([])
        for page in pages(data):
            text = data[page.start : page.end]
            both[-1].append(ogg.summed(text[:14] + serial.to_bytes(4, "little") + text[18:]))
    turns = zip_longest(*both, fillvalue=b"")
    return b"".join(page for turn in turns for page in turn)


@codecs
@pytest.mark.parametrize("second", ["VORBIS", "OPUS"])
def test_of_two_tracks_at_once_the_first_is_heard_and_the_other_is_told(
    tmp_path: Path, codec: str, second: str
):
    data = encoded(codec)
    expected, _ = heard(tmp_path, data)
    for other in (encoded(second, seconds=2), encoded(second, seconds=4)):
        x, note = heard(tmp_path, multiplexed(data, other))
        assert np.array_equal(x, expected)
        assert note == "has 1 stream that is not read"


def test_two_tracks_at_once_in_a_long_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ogg_streams, "THOROUGH", 0)
    data = encoded("VORBIS")
    expected, _ = heard(tmp_path, data)
    x, note = heard(tmp_path, multiplexed(data, data))
    assert np.array_equal(x, expected)
    assert note == "has 1 stream that is not read"


@needs_ffmpeg
def test_two_tracks_by_ffmpeg(tmp_path: Path):
    path = tmp_path / "two.ogg"
    inputs = ["-i", DATA / "music.ogg", "-i", DATA / "speech_ffmpeg.opus", "-t", "2"]
    options = [*inputs, "-map", "0", "-map", "1", "-c:a", "libvorbis", "-y", path]
    subprocess.run(["ffmpeg", "-v", "error", *options], check=True)
    x, y = whole(path), by_ffmpeg(path, probe(path).channels)
    assert abs(x.shape[1] - y.shape[1]) <= 1024
    both = min(x.shape[1], y.shape[1])
    assert np.corrcoef(x[0, :both], y[0, :both])[0, 1] > 0.999
    assert probe(path).note == "has 1 stream that is not read"


@codecs
@pytest.mark.parametrize("place", ["table", "body", "checksum"])
def test_a_page_with_a_wrong_checksum_is_heard_as_if_it_were_missing(tmp_path: Path, codec: str, place: str):
    data = encoded(codec)
    for nth in (-2, -4):
        page = pages(data)[nth]
        expected, _ = heard(tmp_path, data[: page.start] + data[page.end :])
        damaged = bytearray(data)
        at = {"table": page.body - 1, "body": page.body + 9, "checksum": page.start + 22}[place]
        damaged[at] ^= 0xFF
        x, note = heard(tmp_path, bytes(damaged))
        assert np.array_equal(x, expected)
        size = page.end - page.start
        assert note.startswith(
            f"is damaged: {size} bytes in it are no sound, and left out; is damaged: 1 page"
        )


@codecs
def test_a_last_page_with_a_wrong_checksum_is_left_out(tmp_path: Path, codec: str):
    data = encoded(codec)
    last = pages(data)[-1]
    expected, _ = heard(tmp_path, data[: last.start])
    damaged = bytearray(data)
    damaged[last.body + 9] ^= 0xFF
    x, note = heard(tmp_path, bytes(damaged))
    assert np.array_equal(x, expected)
    assert ENDED in note


@codecs
def test_the_first_page_with_sound_is_missing(tmp_path: Path, codec: str):
    data = encoded(codec)
    page = next(page for page in pages(data) if page.granule > 0)
    x, note = heard(tmp_path, data[: page.start] + data[page.end :])
    assert x.shape[1] > 48_000
    assert note == "is damaged: 1 page missing"


@needs_ffmpeg
@pytest.mark.parametrize(
    "options", [["-c:a", "libvorbis", "-q:a", "10"], ["-c:a", "libopus", "-b:a", "400k", "-vbr", "off"]]
)
def test_packets_that_a_missing_page_tears_are_not_glued_together(tmp_path: Path, options: list[str]):
    path = tmp_path / "x.ogg"
    loop = ["-stream_loop", "9", "-i", DATA / "music.ogg", "-t", "8", "-ac", "2"]
    subprocess.run(
        ["ffmpeg", "-v", "error", *loop, *options, "-page_duration", "9000000", "-y", path], check=True
    )
    data = path.read_bytes()
    expected = whole(path)
    torn = [page for page in pages(data)[3:-1] if page.flags & ogg.CONTINUED]
    assert torn
    for page in torn[:3]:
        x, note = heard(tmp_path, data[: page.start] + data[page.end :])
        assert np.abs(x).max() < 1.1 * np.abs(expected).max()
        stop = expected.shape[1] - 2000  # FFmpeg's positions are a few hundred frames off
        late = [expected[0, stop - late - 5000 : stop - late] for late in range(400)]
        assert min(np.abs(x[0, -7000:-2000] - part).max() for part in late) < 1e-3
        assert note == "is damaged: 1 page missing"


@codecs
@pytest.mark.parametrize("granule", [0, 1, 500])
def test_an_end_before_the_page_before_it_is_not_believed(tmp_path: Path, codec: str, granule: int):
    data = encoded(codec)
    expected, _ = heard(tmp_path, data)
    x, note = heard(
        tmp_path, rewritten(data, lambda p: (granule if p.flags & ogg.ENDS else p.granule, p.flags))
    )
    assert 0 <= x.shape[1] - expected.shape[1] < 2048
    assert np.abs(x[:, : expected.shape[1] - 960] - expected[:, :-960]).max() < 1e-5
    assert note == ""
