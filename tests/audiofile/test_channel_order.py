"""The order of channels in files, in and out, with one tone for each speaker; ffmpeg is the reference."""

import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tones import LAYOUTS, RATE, by_ffmpeg, layout_by_ffmpeg, of_ffmpeg, tones, wav, who

import audiograph
from audiograph.audiofile import Writer, encoding, probe, read
from audiograph.audiofile.channel_order import layout, outward
from audiograph.audiofile.core_audio import _LAYOUTS
from audiograph.audiofile.core_audio import layout as by_chunk
from audiograph.dsp.speakers import mask, speakers, usual
from audiograph.sound import Audio

needs_ffmpeg = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")
FORMATS = {
    "wav": [], "flac": [], "ogg": ["-c:a", "libvorbis"], "w64": [], "aiff": [], "caf": [],
    "opus": ["-c:a", "libopus", "-mapping_family", "1", "-b:a", "200k"],
}  # fmt: skip
PERMUTED = ("ogg", "opus")  # whose own order is another: all layouts are tried


def cases(*suffixes: str) -> list[tuple[str, str]]:
    """Each format with each layout, or with two of them."""
    return [
        (suffix, name) for suffix in suffixes for name in (LAYOUTS if suffix in PERMUTED else ("5.1", "7.1"))
    ]


def whole(path: Path, first: int = 0, rate: int = 0) -> Audio:
    info = probe(path)
    parts = [part.copy() for part in read(path, info, rate or info.rate, first)]
    return np.concatenate(parts, axis=1)


def by_us(path: Path, names: str, **options: object) -> Path:
    x = tones(names)
    with Writer(path, RATE, len(x), encoding(path, **options), x.shape[1]) as file:  # type: ignore[arg-type]
        file.write(x)
    return path


def found(path: Path):
    info = probe(path)
    return layout(path, info.kind, info.subtype, info.channels)


@needs_ffmpeg
@pytest.mark.parametrize(("suffix", "name"), cases(*FORMATS))
def test_what_ffmpeg_writes_has_its_channels_where_they_belong(tmp_path, suffix, name):
    if name == "7.1" and suffix in ("aiff", "caf"):
        pytest.skip("ffmpeg 5.1 says MPEG_7_1_C, sides before backs, and writes backs before sides")
    path = by_ffmpeg(tmp_path / f"x.{suffix}", name, tones(LAYOUTS[name]), *FORMATS[suffix])
    assert who(whole(path)) == LAYOUTS[name]
    assert found(path).mask == mask(LAYOUTS[name].split())


@needs_ffmpeg
@pytest.mark.parametrize(
    ("suffix", "name"), [*cases(*FORMATS, "rf64"), ("flac", "6.1"), ("caf", "6.1"), ("aiff", "6.1")]
)
def test_ffmpeg_finds_the_channels_of_what_is_written_where_they_belong(tmp_path, suffix, name):
    names = LAYOUTS[name]
    path = by_us(tmp_path / f"x.{suffix}", names)
    if suffix in ("caf", "aiff") and name == "6.1":  # ffmpeg knows its order, and does not undo it
        names = "FL FR FC LFE SL SR BC"
    assert who(of_ffmpeg(path, len(names.split()))) == names
    assert who(whole(path)) == LAYOUTS[name]


@needs_ffmpeg
@pytest.mark.parametrize(
    ("suffix", "name"), [*cases("rf64", "flac", "ogg", "caf", "aiff"), *(("wav", name) for name in LAYOUTS)]
)
def test_a_file_says_its_speakers(tmp_path, suffix, name):
    if suffix in ("caf", "aiff") and name == "7.1":
        pytest.skip("libsndfile writes no layout of 8 channels to these")
    said = layout_by_ffmpeg(by_us(tmp_path / f"x.{suffix}", LAYOUTS[name]))
    assert said.removesuffix("(side)") == name


@pytest.mark.parametrize(
    ("channels", "want"), [(3, 0x7), (4, 0x33), (5, 0x37), (6, 0x3F), (7, 0x70F), (8, 0x63F), (9, 0)]
)
@pytest.mark.parametrize("bits", [16, 24, 32])
def test_wav_has_the_mask_of_its_channels(tmp_path, channels, want, bits):
    path = tmp_path / "x.wav"
    with Writer(path, RATE, channels, encoding(path, bits=bits)) as file:
        file.write(np.zeros((channels, 100), np.float32))
    head = path.read_bytes()
    fmt = head.index(b"fmt ") + 8
    assert struct.unpack_from("<H", head, fmt) == (0xFFFE,)
    assert struct.unpack_from("<I", head, fmt + 20) == (want,)
    assert usual(channels) == want


@pytest.mark.parametrize("channels", [1, 2])
def test_mono_and_stereo_stay_plain_wav(tmp_path, channels):
    path = tmp_path / "x.wav"
    with Writer(path, RATE, channels, encoding(path)) as file:
        file.write(np.zeros((channels, 100), np.float32))
    assert struct.unpack_from("<H", path.read_bytes(), 20) == (1,)


@needs_ffmpeg
@pytest.mark.parametrize("suffix", ["ogg", "opus"])
def test_the_order_is_the_same_from_any_frame_and_at_any_rate(tmp_path, suffix):
    path = by_ffmpeg(tmp_path / f"x.{suffix}", "5.1", tones(LAYOUTS["5.1"], 2), *FORMATS[suffix])
    all_of_it = whole(path)
    np.testing.assert_array_equal(whole(path, 50_000), all_of_it[:, 50_000:])
    slow = whole(path, 0, 24_000)
    np.testing.assert_allclose(slow[:, 2000:20_000], all_of_it[:, 4000:40_000:2], atol=2e-2)


@needs_ffmpeg
@pytest.mark.parametrize(("name", "names"), [("5.1(side)", "FL FR FC LFE SL SR"), ("4.0", "FL FR FC BC")])
@pytest.mark.parametrize("suffix", ["wav", "w64"])
def test_other_layouts_are_read_from_the_mask(tmp_path, suffix, name, names):
    path = by_ffmpeg(tmp_path / f"x.{suffix}", name, tones(names))
    assert (speakers(found(path).mask), found(path).order, found(path).said) == (names.split(), None, True)
    assert who(whole(path)) == names


@needs_ffmpeg
@pytest.mark.parametrize(
    "comment", ["WAVEFORMATEXTENSIBLE_CHANNEL_MASK", "WaveFormatExtensible_Channel_Mask"]
)
def test_flac_may_have_a_mask_in_a_comment(tmp_path, comment):
    said = ["-metadata", f"{comment}=0x107", "-metadata", "title=x"]
    path = by_ffmpeg(tmp_path / "x.flac", "quad", tones(LAYOUTS["quad"]), *said)
    assert speakers(found(path).mask) == ["FL", "FR", "FC", "BC"]


@needs_ffmpeg
def test_opus_channels_that_are_no_speakers_keep_their_order(tmp_path):
    options = ["-c:a", "libopus", "-mapping_family", "255", "-b:a", "200k"]
    path = by_ffmpeg(tmp_path / "x.opus", "5.1", tones(LAYOUTS["5.1"]), *options)
    assert found(path) == (None, 0, True)
    assert who(whole(path)) == who(of_ffmpeg(path, 6))


def test_plain_wav_and_a_mask_of_another_count_are_taken_as_usual(tmp_path):
    path = wav(tmp_path / "x.wav", tones(LAYOUTS["5.1"]))
    assert found(path) == (None, 0x3F, False)
    by_us(path, LAYOUTS["5.1"])
    data = bytearray(path.read_bytes())
    at = data.index(b"fmt ") + 28
    for wrong in (0, 0x3, 0x7F):
        data[at : at + 4] = struct.pack("<I", wrong)
        path.write_bytes(data)
        assert found(path) == (None, 0x3F, False)


def test_a_flac_comment_that_is_no_mask_is_ignored(tmp_path):
    path = by_us(
        tmp_path / "x.flac", LAYOUTS["quad"], tags={"comment": "WAVEFORMATEXTENSIBLE_CHANNEL_MASK=0x?"}
    )
    assert found(path) == (None, 0x33, True)


def with_tag(path: Path, tag: int) -> Path:
    """A CAF or AIFF file with another channel layout tag."""
    data = bytearray(path.read_bytes())
    name, skip = (b"chan", 12) if path.suffix == ".caf" else (b"CHAN", 8)
    at = data.index(name) + skip
    data[at : at + 4] = struct.pack(">I", tag)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("suffix", ["caf", "aiff"])
@pytest.mark.parametrize(
    ("tag", "order"),
    [
        (121, "FL FR FC LFE BL BR"), (122, "FL FR BL BR FC LFE"), (123, "FL FC FR BL BR LFE"),
        (124, "FC FL FR BL BR LFE"),
    ],
)  # fmt: skip
def test_apples_layouts_are_put_in_order(tmp_path, suffix, tag, order):
    path = tmp_path / f"x.{suffix}"
    by_us(path, order)  # the writer does not know these names, and keeps their order
    assert who(whole(with_tag(path, tag << 16 | 6))) == "FL FR FC LFE BL BR"


def test_apples_descriptions_and_bits_name_speakers():
    def described(*labels: int) -> bytes:
        rows = b"".join(struct.pack(">II12x", label, 0) for label in labels)
        return struct.pack(">III", 0, 0, len(labels)) + rows

    assert by_chunk(described(3, 1, 2)) == ["FC", "FL", "FR"]
    assert by_chunk(described(1, 2, 3, 4, 5, 6, 33, 34)) == ["FL", "FR", "FC", "LFE", "SL", "SR", "BL", "BR"]
    assert by_chunk(described(1, 2, 100)) == []
    assert by_chunk(described(1, 2, 3)[:40]) == ["FL"]
    assert by_chunk(struct.pack(">III", 1 << 16, 0x3F, 0)) == LAYOUTS["5.1"].split()
    assert by_chunk(b"short") == by_chunk(struct.pack(">III", 147 << 16 | 4, 0, 0)) == []


def test_no_layout_names_a_speaker_twice():
    for names in _LAYOUTS.values():
        assert len(set(names.split())) == len(names.split()) and mask(names.split())


def test_an_order_is_a_permutation():
    for kind in ("wav", "flac", "ogg", "opus", "caf", "aiff", "mp3"):
        for channels in range(1, 12):
            order = outward(kind, channels)
            assert order is None or sorted(order) == list(range(channels))
    assert outward("ogg", 2) is outward("ogg", 4) is outward("wav", 6) is None


def test_a_file_that_is_no_file_says_nothing(tmp_path):
    (tmp_path / "x.wav").write_bytes(b"RIFF")
    for kind in ("WAV", "CAF", "AIFF", "W64", "RF64", "AU"):
        assert layout(tmp_path / "x.wav", kind, "PCM_16", 6) == (None, 0x3F, False)
    assert layout(tmp_path / "none.wav", "WAV", "PCM_16", 3) == (None, 0x7, False)


@pytest.mark.parametrize("suffix", ["wav", "aiff", "caf"])
def test_stereo_is_read_without_a_look_at_its_header(tmp_path, suffix):
    soundfile.write(tmp_path / f"x.{suffix}", np.zeros((10, 2)), RATE, "PCM_16")
    assert layout(tmp_path / "no such file", "WAV", "PCM_16", 2) == (None, 0x3, True)
    assert found(tmp_path / f"x.{suffix}") == (None, 0x3, True)


@needs_ffmpeg
@pytest.mark.parametrize("suffix", ["ogg", "opus"])
def test_joined_files_are_in_order_to_their_end(tmp_path, suffix):
    x = tones(LAYOUTS["5.1"])
    one = by_ffmpeg(tmp_path / f"one.{suffix}", "5.1", x, *FORMATS[suffix])
    two = by_us(tmp_path / f"two.{suffix}", LAYOUTS["5.1"])
    (tmp_path / f"x.{suffix}").write_bytes(one.read_bytes() + two.read_bytes())
    y = whole(tmp_path / f"x.{suffix}")
    assert y.shape[1] == pytest.approx(2 * x.shape[1], abs=1000)
    assert who(y[:, : RATE // 2]) == who(y) == LAYOUTS["5.1"]


@pytest.mark.parametrize("form", ["wav", "flac", "ogg", "opus", "caf"])
def test_bytes_in_and_out_are_in_order(tmp_path, form):
    graph = tmp_path / "mix.yaml"
    graph.write_text(
        "rate: 48 kHz\nparams: {x: {type: file}}\nnodes: {a: {use: source, file: $x}}\noutput: a\n"
    )
    given = tones(LAYOUTS["5.1"]), RATE
    made = audiograph.render(graph, bytes, x=given, format=form)
    sound, _ = audiograph.render(graph, x=made)
    assert who(sound) == LAYOUTS["5.1"]


@pytest.mark.parametrize("kind", ["WAV", "RF64", "W64", "CAF", "AIFF", "FLAC", "OGG"])
def test_headers_of_nonsense_say_nothing(tmp_path, kind):
    random = np.random.default_rng(7)
    for size in (0, 3, 11, 39, 64, 300, 5000):
        for fill in (b"\xff" * size, bytes(size), random.bytes(size)):
            (tmp_path / "x").write_bytes(fill)
            for subtype in ("PCM_16", "OPUS"):
                assert layout(tmp_path / "x", kind, subtype, 6).order is None
