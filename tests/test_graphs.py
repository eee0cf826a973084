"""Every graph in `graphs/` is rendered with its own sounds and with others, and measured."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.signal import butter, sosfilt

from audiograph.rendering.files import Report, render
from audiograph.rendering.loading import load
from audiograph.rendering.outputs import output_files

ROOT = Path(__file__).parents[1]
GRAPHS = sorted((ROOT / "graphs").glob("*.yaml"))
DATA = ROOT / "tests" / "data"
SHORT = {"voice": str(DATA / "speech.flac"), "music": str(DATA / "music.ogg")}


def rendered(name: str, out: Path, block: int = 8192, **given: str) -> Report:
    plan = load(ROOT / "graphs" / name, given, block=block)
    return render(plan, output_files(plan, Path(name).stem, out))


def decibels(x: np.ndarray) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(np.square(x, dtype=float)))))


def sound(name: str, node: str, **given: str) -> np.ndarray:
    """The whole output of a node."""
    stream = load(ROOT / "graphs" / name, given).streams[node, "out"]
    assert stream.frames is not None
    return stream.open().take(stream.frames)


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.stem)
def test_every_graph_renders_as_it_stands(path, tmp_path):
    plan = load(path)
    several = len(plan.graph.targets) > 1
    report = render(plan, output_files(plan, path.stem, tmp_path if several else tmp_path / "mix.wav"))
    assert not plan.graph.unused
    for file in report.files:
        info = soundfile.info(file.path)
        assert (info.frames, info.samplerate, info.channels) == (file.frames, 44_100, 2)
        assert file.clipped == 0 and 0.1 < file.peak <= 10 ** (-1 / 20) + 1e-6


@pytest.mark.parametrize("block", [1, 64, 1000, 4096, 65_536])
def test_no_bit_depends_on_the_size_of_a_block(block, tmp_path):
    for name, size in (("one.wav", 8192), ("other.wav", block)):
        rendered("voice_over.yaml", tmp_path / name, size, lead="200 ms", **SHORT, **{"voice.end": "600 ms"})
    assert (tmp_path / "one.wav").read_bytes() == (tmp_path / "other.wav").read_bytes()


def converted(folder: Path, name: str, rate: int, channels: int, source: str) -> str:
    """A real sound converted to another rate, number of channels and format."""
    import soxr

    x, was = soundfile.read(DATA / source, always_2d=True)
    x = soxr.resample(x, was, rate)
    wide = np.repeat(x.mean(axis=1, keepdims=True), channels, axis=1) if channels != x.shape[1] else x
    soundfile.write(folder / name, wide, rate)
    return str(folder / name)


@pytest.mark.parametrize(
    "voice, music",
    [
        (("v.wav", 8000, 1), ("m.flac", 48_000, 2)),
        (("v.flac", 48_000, 2), ("m.wav", 22_050, 1)),
        (("v.ogg", 24_000, 1), ("m.mp3", 44_100, 2)),
        (("v.mp3", 16_000, 1), ("m.ogg", 32_000, 1)),
    ],
    ids=lambda sound: f"{sound[0]} {sound[1]} Hz {sound[2]} ch",
)
def test_any_voice_goes_over_any_music(voice, music, tmp_path):
    given = {
        "voice": converted(tmp_path, *voice, "speech.flac"),
        "music": converted(tmp_path, *music, "music.ogg"),
    }
    (file,) = rendered("voice_over.yaml", tmp_path / "out.mp3", **given).files
    spoken = soundfile.info(given["voice"])
    assert file.frames == pytest.approx((spoken.frames / spoken.samplerate + 4) * 44_100, abs=2200)
    assert file.clipped == 0
    back, rate = soundfile.read(tmp_path / "out.mp3", always_2d=True)
    assert rate == 44_100 and back.shape == (file.frames, 2)


def test_the_music_is_down_by_the_depth_when_the_first_word_begins_and_stays_there():
    given = {**SHORT, "depth": "-12 dB", "lead": "1 s"}
    before, after, speech = (
        sound("voice_over.yaml", node, **given) for node in ("music/eq", "music/duck", "speech")
    )
    spoken = np.flatnonzero(np.abs(speech[0]) > 0.02)
    first, last = spoken[0], spoken[-1]
    assert decibels(after[:, : first - 8000]) == pytest.approx(decibels(before[:, : first - 8000]), abs=0.1)
    for begin in range(first, last - 4410, 4410):
        part = slice(begin, begin + 4410)
        assert decibels(after[:, part]) - decibels(before[:, part]) == pytest.approx(-12, abs=0.5)


def test_the_loop_of_real_music_has_no_seam():
    looped = sound("voice_over.yaml", "music/loop", **SHORT, lead="8 s")
    music = sound("voice_over.yaml", "music/in", **SHORT)
    assert looped.shape[1] > 3 * music.shape[1]
    assert np.abs(np.diff(looped)).max() <= 1.05 * np.abs(np.diff(music)).max()


def test_the_voice_is_in_the_middle_and_the_music_at_the_sides():
    middle = sound("voice_over.yaml", "middle", **SHORT)
    np.testing.assert_array_equal(middle[0], middle[1])
    plain, wide = (
        sound("voice_over.yaml", "music/duck", **SHORT),
        sound("voice_over.yaml", "music/width", **SHORT),
    )
    assert decibels(wide[0] - wide[1]) - decibels(plain[0] - plain[1]) > 20 * np.log10(1.2)
    np.testing.assert_allclose(wide.mean(axis=0), plain.mean(axis=0), atol=1e-6)


def test_stems_add_up_to_the_mix(tmp_path):
    rendered("stems.yaml", tmp_path, **SHORT)
    speech, bed, final = (soundfile.read(tmp_path / name, always_2d=True)[0] for name in
                          ("stems/speech.wav", "stems/bed.wav", "final.wav"))  # fmt: skip
    frames = len(speech)  # past its end the stem is cut, while in the mix its filter rings on
    both = bed[:frames] + speech
    assert np.abs(both).max() < 10 ** (-1 / 20)  # so the limiter has nothing to do
    np.testing.assert_allclose(final[:frames], both, atol=2.5 / 2**15)
    np.testing.assert_allclose(final[frames + 4410 :], bed[frames + 4410 :], atol=2.5 / 2**15)


def test_the_signature_tune_gives_way_and_goes_out():
    given = {**SHORT, "alone": "2 s", "under": "1 s", "fall": "1 s"}
    speech, tune = (
        sound("podcast_intro.yaml", "speech", **given),
        sound("podcast_intro.yaml", "tune/envelope", **given),
    )
    looped = sound("podcast_intro.yaml", "tune/loop", **given)
    start = 2 * 44_100
    assert not speech[:, :start].any() and tune.shape[1] == 4 * 44_100
    for part, level in ((slice(0, 50_000), 0), (slice(start + 100, start + 40_000), -8)):
        assert decibels(tune[:, part]) - decibels(looped[:, part]) == pytest.approx(level, abs=0.05)


def test_both_voices_duck_the_bed():
    given = {"host": SHORT["voice"], "guest": SHORT["voice"], "music": SHORT["music"], "pause": "3 s"}
    looped, ducked = (
        sound("two_voices.yaml", "bed/loop", **given),
        sound("two_voices.yaml", "bed/duck", **given),
    )
    rate, length = 44_100, soundfile.info(SHORT["voice"]).frames * 2
    for begin in (rate // 2, length + 3 * rate + rate // 2):
        part = slice(begin, begin + rate // 2)
        assert decibels(ducked[:, part]) - decibels(looped[:, part]) == pytest.approx(-10, abs=0.5)
    between = slice(length + 2 * rate, length + 2 * rate + rate // 4)
    assert decibels(ducked[:, between]) - decibels(looped[:, between]) > -3


def test_the_music_of_an_article_is_what_a_script_makes_of_it(tmp_path):
    given = {**SHORT, "voice": str(DATA / "speech.mp3")}
    music, raw = sound("article.yaml", "music/fade", **given), soundfile.read(SHORT["music"])[0].T
    low, frames = butter(2, 5000, fs=44_100, output="sos"), 60_000  # before the music repeats or goes out
    want = sosfilt(low, raw[:, :frames] * 10 ** (-10 / 20)) * np.arange(frames) / (2 * 44_100)
    np.testing.assert_allclose(music[:, :frames], want, atol=1e-5)
    assert music.shape[1] == sound("article.yaml", "voice", **given).shape[1]
    rendered("article.yaml", tmp_path, **given)
    info = soundfile.info(tmp_path / "article.wav")
    assert (info.samplerate, info.subtype, info.channels) == (44_100, "PCM_16", 2)
    assert soundfile.info(tmp_path / "article_web.mp3").frames == info.frames
    lines = [line for line in (ROOT / "graphs" / "article.yaml").read_text().splitlines() if line]
    assert len(lines) <= 12
