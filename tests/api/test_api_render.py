"""audiograph from a program: files, arrays and bytes out; paths, arrays, bytes and open files in."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import noise

import audiograph

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
PLAY = """\
params:
  voice: {type: file}
  level: {type: gain, default: 0 dB, min: -40 dB, max: 0 dB}
nodes:
  voice: {use: source, file: $voice}
  soft: {use: gain, in: voice, level: $level}
output: soft
"""
STEMS = """\
nodes:
  beep: {use: tone, freq: 440 Hz, length: 500 ms, level: -6 dB}
  late: {use: place, in: beep, at: 1 s}
outputs: {all: late, stems/beep: beep}
"""
BROKEN = """\
from audiograph import Effect, Setup, effect

@effect
def broken(setup: Setup) -> Effect:
    \"\"\"Gives what is no number.\"\"\"
    return Effect(lambda x, y, c, s: y.fill(float("nan")), None, lambda: None, memory=0)
"""


def problems(error) -> list[str]:
    return [str(problem) for problem in error.value.problems]


def test_a_file_is_written_and_told_of(tmp_path):
    report = audiograph.render(PLAY, tmp_path / "out.wav", voice=DATA / "speech.flac", level="-6 dB")
    (written,) = report.files
    info = soundfile.info(tmp_path / "out.wav")
    assert (info.frames, info.samplerate) == (written.frames, written.rate)
    assert written.path == tmp_path / "out.wav" and 0.01 < written.peak < 0.6


def test_a_file_is_called_like_the_graph_where_a_folder_is_given(tmp_path):
    (tmp_path / "take.yaml").write_text(PLAY)
    report = audiograph.render(str(tmp_path / "take.yaml"), str(tmp_path), voice=DATA / "speech.flac")
    assert report.files[0].path == tmp_path / "take.wav"


def test_an_array_comes_back_as_it_was_given():
    x = noise(2, 30_000)
    sound, rate = audiograph.render(PLAY, voice=(x, 44_100))
    assert rate == 44_100 and sound.dtype == np.float32
    np.testing.assert_array_equal(sound, x)


@pytest.mark.parametrize("kind", ["float64", "int16", "int32"])
def test_arrays_of_other_types_are_read_as_files_of_them_are(kind):
    x = np.linspace(-0.5, 0.5, 5000)
    given = x if kind == "float64" else (x * np.iinfo(kind).max).astype(kind)
    sound, _ = audiograph.render(PLAY, voice=(given, 44_100))
    np.testing.assert_allclose(sound[0], x, atol=2 / 2**15)


def test_an_array_sounds_like_the_file_that_holds_it(tmp_path):
    x = noise(1, 30_000)
    soundfile.write(tmp_path / "x.wav", x.T, 48_000, "FLOAT")
    by_file = audiograph.render(PLAY, voice=tmp_path / "x.wav").sound
    np.testing.assert_array_equal(audiograph.render(PLAY, voice=(x, 48_000)).sound, by_file)


def test_bytes_and_open_files_sound_like_the_path_they_come_from():
    path = DATA / "speech.mp3"
    by_path = audiograph.render(PLAY, voice=path).sound
    np.testing.assert_array_equal(audiograph.render(PLAY, voice=path.read_bytes()).sound, by_path)
    with path.open("rb") as file:
        np.testing.assert_array_equal(audiograph.render(PLAY, voice=file).sound, by_path)


@pytest.mark.parametrize(("sound", "what"), [
    (np.zeros(100), "voice: an array needs its rate: give (array, rate)"),
    ((np.zeros((1, 2, 3)), 44_100), "voice: has the shape (1, 2, 3), not (channels, frames)"),
    ((np.zeros((1000, 2)), 44_100), "voice: has the shape (1000, 2), not (channels, frames)"),
    ((np.zeros(0), 44_100), "voice: is empty: it has no samples"),
    ((np.zeros((2, 0)), 44_100), "voice: is empty"),
    (([], 24_000), "voice: is empty"),
    ((np.zeros(100), 44.1), "voice: has the rate 44.1, not a whole number from 4000 to 768000 Hz"),
    ((np.zeros(100), 1), "voice: has the rate 1, not"),
    ((np.zeros(100, bool), 44_100), "voice: holds bool: give floats, int16 or int32"),
    ((np.full(100, np.nan), 44_100), "voice: holds a sample that is not a finite number"),
    ((np.zeros(100),), "voice: is a tuple of 1: give (array, rate)"),
    ((np.zeros(100), np.zeros(100)), "voice: is a tuple of two arrays: give (array, rate)"),
    ((1, 44_100), "voice: is a tuple of two numbers: give (array, rate)"),
    ((44.1, np.zeros(100)), "voice: has the rate 44.1, not a whole number"),
    (("24000", np.zeros(100)), "voice: has the rate '24000', not a whole number"),
    ((np.arange(-30_000.0, 30_000), 44_100), "voice: holds whole numbers up to 30000, and floats have full "
     "scale 1: divide by 32768 or give int16"),
    ((np.arange(0, 2e6, 50), 44_100), "voice: holds whole numbers up to 1999950, and floats have full scale "
     "1: divide by 8388608"),
    (io.StringIO("text"), "voice: is a file open as text: open it with 'rb'"),
])  # fmt: skip
def test_a_sound_in_memory_that_cannot_be_played_is_a_problem(sound, what):
    with pytest.raises(audiograph.GraphError) as error:
        audiograph.render(PLAY, voice=sound)
    assert problems(error)[0].startswith(what)


@pytest.mark.parametrize("rate", [24_000, np.int64(24_000), np.array(24_000)])
def test_the_rate_may_come_first_where_it_can_only_be_the_rate(rate):
    x = np.linspace(-0.5, 0.5, 1000, dtype=np.float32)
    right = audiograph.render(PLAY, voice=(x, 24_000)).sound
    for swapped in ((rate, x), (rate, x.tolist()), (rate, x[None])):
        np.testing.assert_array_equal(audiograph.render(PLAY, voice=swapped).sound, right)
    assert audiograph.measure((24_000, np.tile(x, 30))) == audiograph.measure((np.tile(x, 30), 24_000))


@pytest.mark.parametrize(("x", "said"), [
    (np.arange(-30_000, 30_000, dtype=np.int32), "voice: holds int32 of at most 30000, which is"),
    (np.linspace(-20_000, 20_000.5, 1000), "voice: has a peak of 20000.5, and floats have full scale 1"),
])  # fmt: skip
def test_samples_that_seem_to_be_of_another_scale_are_told(caplog, x, said):
    audiograph.render(PLAY, voice=(x, 48_000))
    assert [record.getMessage() for record in caplog.records if said in record.getMessage()]


@pytest.mark.parametrize("x", [
    np.zeros(1000, np.int32), np.zeros(1000), np.array([0.0, 3.0, -3.0]), np.full(100, 1 << 20, np.int32),
    np.arange(-300, 300, dtype=np.int16),
])  # fmt: skip
def test_ordinary_samples_are_taken_without_a_word(caplog, x):
    audiograph.render(PLAY, voice=(x, 48_000))
    assert not caplog.records


@pytest.mark.parametrize("given", ["US$5", "${x}", "$$", "$title", "a$b ${1 dB} $"])
def test_a_dollar_in_a_setting_is_a_dollar(tmp_path, monkeypatch, given):
    monkeypatch.chdir(tmp_path)
    text = """
        params: {title: {type: text, default: none}, voice: {type: file, default: none.wav}}
        nodes: {v: {use: source, file: $voice}}
        output: {from: v, title: $title}
    """
    soundfile.write(f"{given}.wav", np.zeros(100), 48_000)
    audiograph.render(text, "out.wav", title=given, voice=f"{given}.wav")
    with soundfile.SoundFile("out.wav") as file:
        assert file.title == given
    soundfile.write("out.wav", np.zeros(100), 48_000)
    audiograph.render(text, "out.wav", {"v.file": f"{given}.wav"}, title=given, voice="none.wav")


def test_an_expression_in_a_setting_is_no_value():
    text = "params: {bed: {type: gain, default: -3 dB}}\nnodes: {a: {use: tone, length: 1 s, level: $bed}}\n"
    for given in ("$bed", "${-3 dB}"):
        for name in ("bed", "a.level"):
            with pytest.raises(audiograph.GraphError, match=r"is not a level in dB"):
                audiograph.render(text + "output: a", None, {name: given})


@pytest.mark.parametrize(("kind", "rate"), [("ogg", 384_000), ("flac", 65_536), ("opus", 44_100)])
def test_what_an_encoder_cannot_do_is_a_mistake_and_ends_no_program(kind, rate):
    with pytest.raises(audiograph.GraphError, match=rf"{kind.upper()} takes .*: set rate: "):
        audiograph.render(STEMS, bytes, output="all", format=kind, rate=rate)


def test_an_empty_target_is_a_mistake(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(audiograph.GraphError, match="target: is empty"):
        audiograph.render(STEMS, "")
    assert not list(tmp_path.iterdir())


def test_bytes_that_are_no_sound_are_a_problem_at_the_line_that_plays_them():
    with pytest.raises(audiograph.GraphError, match=r"mix:5: voice: .*voice is not a sound file"):
        audiograph.render(PLAY, voice=b"no sound at all, this is")


def test_sounds_in_memory_leave_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    audiograph.render(PLAY, bytes, voice=(noise(1, 100), 44_100))
    plan = audiograph.load(PLAY, voice=(noise(1, 100), 44_100))
    assert list(tmp_path.iterdir())
    del plan
    __import__("gc").collect()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("kind", "begins"), [("wav", b"RIFF"), ("flac", b"fLaC"), ("ogg", b"OggS")])
def test_bytes_are_those_of_the_file(tmp_path, kind, begins):
    content = audiograph.render(PLAY, bytes, format=kind, voice=DATA / "speech.flac")
    audiograph.render(PLAY, tmp_path / f"out.{kind}", voice=DATA / "speech.flac")
    assert content.startswith(begins)
    if kind != "ogg":  # an Ogg stream has a number of its own
        assert content == (tmp_path / f"out.{kind}").read_bytes()


def test_an_open_file_gets_what_bytes_would_be():
    target = io.BytesIO()
    report = audiograph.render(PLAY, target, voice=DATA / "speech.flac")
    assert target.getvalue() == audiograph.render(PLAY, bytes, voice=DATA / "speech.flac")
    assert report.files[0].path == Path("mix.wav")


def test_several_outputs_are_arrays_by_their_names():
    sounds, rate = audiograph.render(STEMS)
    assert rate == 44_100
    assert {name: x.shape for name, x in sounds.items()} == {"all": (1, 66_150), "stems/beep": (1, 22_050)}
    assert not sounds["all"][:, :44_100].any()
    np.testing.assert_array_equal(sounds["all"][:, 44_100:], sounds["stems/beep"])


def test_one_of_several_outputs_is_rendered_alone(tmp_path):
    audiograph.render(STEMS, tmp_path / "one.wav", output="stems/beep")
    assert [path.name for path in tmp_path.iterdir()] == ["one.wav"]
    assert audiograph.render(STEMS, output="all").sound.shape == (1, 66_150)


def test_which_of_several_outputs_has_to_be_said():
    with pytest.raises(
        audiograph.GraphError, match="output: there are several: choose one with output=, of all"
    ):
        audiograph.render(STEMS, bytes)
    with pytest.raises(
        audiograph.GraphError, match="output: 'al' is not an output; 'all'\\?; there is all, stems"
    ):
        audiograph.render(STEMS, output="al")


def test_a_plan_is_rendered_as_it_was_loaded():
    plan = audiograph.load(PLAY, {"soft.level": -20}, voice=DATA / "speech.flac")
    quiet, loud = audiograph.render(plan).sound, audiograph.render(PLAY, voice=DATA / "speech.flac").sound
    np.testing.assert_allclose(quiet, 0.1 * loud, atol=1e-7)
    with pytest.raises(TypeError, match=r"a Plan has its parameters: give level to load\(\)"):
        audiograph.render(plan, level=-3)


def test_progress_is_told_up_to_the_end_and_may_end_the_render(tmp_path):
    told = list[float]()
    audiograph.render(PLAY, progress=told.append, voice=(noise(1, 100_000), 44_100), block=1000)
    assert told == sorted(told) and told[-1] == 1.0 and len(told) == 100

    def stop(part: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        audiograph.render(PLAY, tmp_path / "out.wav", progress=stop, voice=DATA / "speech.flac")
    assert not list(tmp_path.iterdir())


def test_everything_wrong_is_told_at_once_as_a_typed_error():
    with pytest.raises(audiograph.GraphError) as error:
        audiograph.render(PLAY, level=12)
    assert problems(error) == [
        "level: 12 dB is outside -40 dB to 0 dB",
        "mix:2: params/voice: has no default: give it with voice=...",
    ]
    with pytest.raises(audiograph.GraphError, match=r"^soft.levle: gain has no 'levle'; 'level'\?"):
        audiograph.render(PLAY, None, {"soft.levle": 1}, voice="voice.wav")
    with pytest.raises(audiograph.GraphError, match=r"mix:5: voice: .*nowhere.wav does not exist"):
        audiograph.render(PLAY, voice="nowhere.wav")


def test_settings_in_the_place_of_the_target_are_a_mistake_that_is_told():
    with pytest.raises(TypeError, match="is not a target: give a path, None, bytes or an open file"):
        audiograph.render(PLAY, {"level": -3})


def test_a_sample_that_is_no_number_is_blamed_on_its_node(tmp_path):
    (tmp_path / "broken.py").write_text(BROKEN)
    text = "nodes:\n  t: {use: tone, length: 1 s}\n  b: {use: broken, in: t}\noutput: b\n"
    for heard in (audiograph.render, lambda *words, **more: list(audiograph.stream(*words, **more))):
        with pytest.raises(audiograph.RenderError, match=r"b: gives a sample that is not a number"):
            heard(text, nodes=[tmp_path / "broken.py"])


def test_none_leaves_a_parameter_as_it_is():
    given = {"voice": (noise(1, 1000), 44_100)}
    quiet = audiograph.render(PLAY, None, given, level=None).sound
    np.testing.assert_array_equal(quiet, audiograph.render(PLAY, None, given).sound)


def test_a_sound_does_not_overwrite_its_graph(tmp_path):
    path = tmp_path / "beep.yaml"
    path.write_text("nodes: {beep: {use: tone, length: 1 s}}\noutput: beep\n")
    for given in (path, str(path), audiograph.load(path)):
        with pytest.raises(audiograph.GraphError, match=r"beep\.yaml is read by this graph: write elsewhere"):
            audiograph.render(given, path, format="wav")
    assert path.read_text().startswith("nodes:")
