"""Effects that hear an input before they act: in how many passes, what they find, and what is said of it."""

import threading
from typing import NamedTuple

import numpy as np
import pytest
import scipy.signal
import soundfile
from conftest import heard, noise, planned
from mixes import ROOT

from audiograph.engine.run import Run
from audiograph.errors import GraphError, RenderError
from audiograph.kernel import kernel
from audiograph.measuring.key_level import KeyLevel
from audiograph.node import Effect, Find, Setup, effect
from audiograph.sound import Sound
from audiograph.units import number

SPEECH, RATE = soundfile.read(ROOT / "tests/data/speech.flac", dtype="float32")
VOICE = np.pad(np.tile(np.pad(SPEECH[None], ((0, 0), (0, RATE))), 2), ((0, 0), (3 * RATE // 2, 0)))


class Highest:
    """A listener: the highest sample."""

    made = 0

    def __init__(self, sound):
        self.value, self.frames = 0.0, 0
        type(self).made += 1

    def write(self, x):
        self.value, self.frames = max(self.value, float(np.abs(x).max())), self.frames + x.shape[1]

    def silence(self, frames):
        self.frames += frames

    def found(self):
        return self.value


class Factor(NamedTuple):
    value: float


@kernel
def _times(x, y, c, s):
    for n in range(x.shape[1]):
        for ch in range(x.shape[0]):
            y[ch, n] = x[ch, n] * np.float32(c.value)


@effect
def to_peak(setup: Setup, peak: float = number(1, 0, 10, "the highest sample of the result")) -> Effect:
    """Normalizes."""
    return Effect(_times, Factor(1.0), memory=0, find=Find(0, Highest, lambda high: Factor(peak / high)))


def test_an_effect_acts_on_what_it_heard_before():
    x = noise(2, 30_000)
    made = planned(
        "nodes: {a: {use: clip, name: x}, b: {use: to_peak, in: a}}\noutput: b", {"x": x}, more=(to_peak,)
    )
    np.testing.assert_allclose(np.abs(heard(made)).max(), 1, rtol=1e-6)
    np.testing.assert_allclose(heard(made, first=10_007), x[:, 10_007:] / np.abs(x).max(), rtol=1e-6)


MANY = """
nodes:
  a: {use: clip, name: x}
  one: {use: to_peak, in: a}
  same: {use: to_peak, in: a, peak: 0.5}
  other: {use: to_peak, in: {use: gain, in: a, level: -6 dB}}
  late: {use: to_peak, in: {use: sum, in: [one, other]}}
  all: {use: sum, in: [same, late]}
output: all
"""


def test_what_can_be_found_at_once_is_found_in_one_pass_and_never_again():
    opened, x = [], noise(1, 30_000)
    made, Highest.made = planned(MANY, {"x": x}, more=(to_peak,), opened=opened), 0
    first = heard(made)
    assert len(opened) == 1  # for one, same and other; late and the mix read its tape
    assert Highest.made == 3  # one and same share theirs
    assert np.array_equal(heard(made), first) and len(opened) == 1
    np.testing.assert_allclose(first, x / np.abs(x).max() * 1.5, rtol=1e-5)


def test_a_source_is_not_recorded_where_it_is_too_long_or_there_is_no_room(monkeypatch):
    want = heard(planned(MANY, {"x": noise(1, 300_000)}, more=(to_peak,)))
    for name, value in (("LARGEST", 1_000_000), ("CHUNK", 70_000)):
        with monkeypatch.context() as patched:
            patched.setattr(f"audiograph.streams.tape.{name}", value)
            if name == "CHUNK":  # and then the disk is full
                patched.setattr("audiograph.streams.spool.Spool.keep", full)
            opened = []
            made = planned(MANY, {"x": noise(1, 300_000)}, more=(to_peak,), opened=opened)
            assert np.array_equal(heard(made), want) and len(opened) == 3


def full(*_):
    raise RenderError("no room")


def test_a_tape_is_the_source_from_any_frame():
    x = noise(2, 200_000)
    made = planned(MANY, {"x": x}, more=(to_peak,))
    want = heard(made)
    for first in (0, 1, 65_536, 150_001):
        np.testing.assert_array_equal(heard(made, first=first), want[:, first:])


def test_runs_of_one_plan_in_many_threads_find_the_same():
    want = heard(planned(MANY, {"x": noise(1, 30_000)}, more=(to_peak,)))
    made, got, start = planned(MANY, {"x": noise(1, 30_000)}, more=(to_peak,)), [], threading.Barrier(6)

    def play():
        start.wait()
        got.append(heard(made))

    threads = [threading.Thread(target=play) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 6 and all(np.array_equal(each, want) for each in got)


def test_a_changed_value_goes_with_what_was_found():
    x = noise(1, 200_000)
    made = planned(
        "nodes: {a: {use: clip, name: x}, b: {use: to_peak, in: a}}\noutput: b",
        {"x": x}, block=4096, more=(to_peak,),
    )  # fmt: skip
    run = Run(made)
    reader = run.stream(made.graph.targets[0].out).open()
    np.testing.assert_allclose(np.abs(reader.take(50_000)).max(), 1, rtol=0.01)
    run.change("b", "peak", 0.25)
    np.testing.assert_allclose(np.abs(reader.take(100_000)[:, 10_000:]).max(), 0.25, rtol=0.01)


def test_progress_grows_through_finding_to_its_end():
    made, told = planned(MANY, {"x": noise(1, 300_000)}, more=(to_peak,)), []

    class Nothing:
        def write(self, x):
            pass

        def silence(self, frames):
            pass

    Run(made).play([made.graph.targets[0].out], [300_000], [Nothing()], told.append)
    assert told == sorted(told) and told[-1] == 1 and 0 < told[0] < 0.5


def test_a_sample_that_is_no_number_is_blamed_on_its_node_before_anything_is_written():
    x = noise(1, 3000)
    x[0, 2000] = np.nan
    made = planned("nodes: {a: {use: clip, name: x}, b: {use: gate, in: a}}\noutput: b", {"x": x})
    with pytest.raises(RenderError, match=r"a: gives a sample that is not a number"):
        Run(made).play([made.graph.targets[0].out], [3000], [Highest(None)])


def test_of_an_endless_sound_the_first_minute_is_heard():
    made = planned(
        "nodes: {b: {use: gate, in: {use: noise}}, c: {use: trim, in: b, end: 3 s}}\noutput: c",
        {},
    )
    assert np.abs(heard(made)[:, 1000:]).max() > 0.01 and not made.notes


def test_an_endless_sound_that_begins_after_a_minute_is_heard_as_one_of_usual_loudness():
    text = "nodes: {b: {use: gate, in: {use: place, in: {use: noise, level: -20 dB}, at: 61 s}}, "
    made = planned(text + "c: {use: trim, in: b, end: 62 s}}\noutput: c", {}, rate=8000)
    assert np.abs(heard(made, first=61 * 8000 + 1000)).max() > 0.05 and not made.notes


# Thresholds in LU


def gain(node: str, x) -> np.ndarray:
    """The gain in dB, every 5 ms, that an effect with this key gives to a tone of 1 kHz."""
    tone = np.sin(np.arange(x.shape[1]) * 2 * np.pi * 1000 / RATE, dtype=np.float32)[None] / 4
    text = f"d: {{{node}, in: {{use: clip, name: m}}, key: {{use: clip, name: k}}}}"
    made = planned(f"nodes: {{{text}}}\noutput: d", {"m": tone, "k": x}, rate=RATE, block=4096)
    y = heard(made)[0]
    assert not made.notes
    window = RATE // 200
    powers = np.square(y[: y.size // window * window].reshape(-1, window), dtype=float).mean(1)
    return 10 * np.log10(np.maximum(powers, 1e-18) / 0.25**2 * 2)


@pytest.mark.parametrize("node", ["use: duck, hold: 50 ms", "use: duck, bands: 8, hold: 50 ms", "use: gate"])
@pytest.mark.parametrize("offset", [0.0, 0.01])
def test_a_voice_ducks_and_opens_at_the_same_times_however_loud_it_is(node, offset):
    """Within 20 ms; also over an offset of 1 % of full scale, which is no sound but where it begins."""
    want = gain(node, VOICE) < -3
    assert np.diff(want).sum() >= 3 and 0.1 < want.mean() < 0.9
    for level in (-20, -40):
        softer = VOICE * np.float32(10 ** (level / 20)) + np.float32(offset)
        differs = (gain(node, softer) < -3) != want
        if offset:  # which begins and ends with a click; the release takes a second
            differs[:290] = differs[-30:] = False
        runs = np.diff(np.flatnonzero(np.diff(np.pad(differs, 1))))[::2]
        assert not len(runs) or runs.max() <= 4


BASS = np.float32(0.1) * np.sin(2 * np.pi * 30 * np.arange(RATE) / RATE, dtype=np.float32)[None]


@pytest.mark.parametrize(
    ("node", "threshold", "key", "said"),
    [
        ("duck", "-20 LU", VOICE * 0, "is silent: it never ducks"),
        ("gate", "-20 LU", VOICE * 0, "is silent: it is left as it is"),
        ("duck", "-20 LU", VOICE * np.float32(1e-5), "has nothing above -70 LUFS: it never ducks"),
        ("gate", "-20 LU", VOICE * np.float32(1e-5), "has nothing above -70 LUFS: it is left as it is"),
        ("gate", "-20 dB", VOICE * np.float32(0.02), "never reaches -20 dB: its loudest 10 ms have -4"),
        ("duck", "30 LU", VOICE, "never reaches 30 LU over its loudness, which is "),
        ("duck", "-20 dB", BASS, "never reaches -20 dB: its loudest 10 ms have -22"),
        ("duck", "-26 dB", BASS, ""),  # K-weighted, its loudest 10 ms have -33 dB
        ("gate", "4 LU", BASS, ""),
        ("gate", "-26 dB", BASS + np.float32(0.5), ""),
        ("duck", "-26 dB", BASS * np.float32(0.5) + np.float32(0.01), "never reaches -26 dB"),
    ],
)
def test_a_key_that_is_silent_or_never_reaches_a_threshold_is_noted(node, threshold, key, said):
    text = f"nodes: {{k: {{use: clip, name: k}}, d: {{use: {node}, in: k, key: k, threshold: {threshold}}}}}"
    made = planned(f"{text}\noutput: d", {"k": key}, rate=RATE)
    y = heard(made)
    assert [note.what.startswith(f"its input {said}") for note in made.notes] == [True] * bool(said)
    acts = np.abs(y[:, RATE // 2 :]).max() < 0.5 * np.abs(key[:, RATE // 2 :]).max()
    assert acts == (node == ("gate" if "never opens" in str(made.notes) else "" if said else "duck"))
    assert acts or said == "" or np.array_equal(y, key)


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_the_highest_level_is_that_of_a_detector_without_offset(channels):
    """Against the formula, in float64; however the sound is cut."""
    x = VOICE + np.float32(0.05) * np.sin(2 * np.pi * 25 * np.arange(VOICE.shape[1]) / RATE, dtype=np.float32)
    x = x * np.linspace(1, 0.3, channels, dtype=np.float32)[:, None]
    slow, fast, found = np.exp(-1 / (0.008 * RATE)), np.exp(-1 / (0.005 * RATE)), []
    power = (x - scipy.signal.lfilter([1 - slow], [1, -slow], x)) ** 2
    power = scipy.signal.lfilter([1 - fast], [1, -fast], power.max(0))
    for size in (x.shape[1], 1001):
        level = KeyLevel(Sound(RATE, channels, x.shape[1]))
        for first in range(0, x.shape[1], size):
            level.write(x[:, first : first + size])
        found.append(level.found().highest)
    assert found[0] == found[1]
    np.testing.assert_allclose(found[0], 10 * np.log10(power.max()), atol=0.4)


def test_a_threshold_in_lu_moves_with_its_parameter_and_a_wrong_one_is_refused():
    text = "params: {{t: {{type: level, default: -30 LU}}}}\nnodes:\n  n: {{use: noise, length: 1 s}}\n"
    text += "  k: {{use: gate, in: n, threshold: {}}}\noutput: k"
    made = planned(text.format('"${t + 6}"'), {})
    assert made.graph.nodes["k"].type.params["threshold"].shown(made.resolved("k")["threshold"]) == "-24 LU"
    made = planned(text.format("$t"), {}, settings={"t": "-40 dB"})
    assert made.graph.nodes["k"].type.params["threshold"].shown(made.resolved("k")["threshold"]) == "-40 dB"
    with pytest.raises(GraphError, match="-90 LU is outside -80 LU to 40 LU"):
        planned(text.format("-90 LU"), {})
    bare = text.replace("{{type: level, default: -30 LU}}", "-30 LU").format("$t")  # is a level, too
    for given, want in [({}, "-30 LU"), ({"t": "-40 LU"}, "-40 LU"), ({"t": "-40 dB"}, "-40 dB")]:
        made = planned(bare, {}, settings=given)
        assert made.graph.nodes["k"].type.params["threshold"].shown(made.resolved("k")["threshold"]) == want
