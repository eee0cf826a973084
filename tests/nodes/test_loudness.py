from pathlib import Path

import effects
import numpy as np
import pytest
import soundfile
import soxr
import timelines
from scipy import signal

import audiograph
from audiograph.errors import GraphError, NodeError
from audiograph.language.quantity import Wrong
from audiograph.measuring import Meter
from audiograph.node import Setup
from audiograph.nodes.loudness import loudness
from audiograph.sound import Stream
from audiograph.testing.trial import heard

RATE = timelines.RATE
AUDIO = Path(__file__).parents[2] / "graphs" / "audio"


def recorded(name, seconds=4.0):
    x, rate = soundfile.read(AUDIO / name, always_2d=True, dtype="float32")
    x = signal.resample_poly(x[2 * rate :].T, RATE // rate, 1, axis=1)[:, : int(seconds * RATE)]
    return np.ascontiguousarray(np.broadcast_to(x, (2, x.shape[1])), np.float32)


def weighed(x):
    """K-weighted, at 48 kHz."""
    shelf = [1.53512485958697, -2.69169618940638, 1.19839281085285], [1, -1.69065929318241, 0.73248077421585]
    high = [1, -2, 1], [1, -1.99004745483398, 0.99007225036621]
    return signal.lfilter(*high, signal.lfilter(*shelf, x, axis=1), axis=1)


def lufs(x):
    """BS.1770 annex 1 as its text says: two biquads, blocks of 400 ms every 100 ms, two gates. At 48 kHz."""
    weighted = weighed(signal.resample_poly(x.astype(float), 160, 147, axis=1))
    blocks = np.array(
        [(weighted[:, n : n + 19_200] ** 2).mean(1).sum() for n in range(0, weighted.shape[1] - 19_199, 4800)]
    )
    loud = blocks[blocks > 10 ** ((-70 + 0.691) / 10)]
    return -0.691 + 10 * np.log10(loud[loud > loud.mean() / 10].mean())


def true_peak(x):
    return effects.in_db(np.abs(signal.resample_poly(x.astype(float), 16, 1, axis=1)).max())


def mastered(x, spans=None, **given):
    """The output, and the notes."""
    notes = []
    values = {name: loudness.params[name].read(value) for name, value in given.items()}
    made = loudness(Setup(RATE, (timelines.stream(x, spans=spans),), notes.append), **values)
    return heard(made, x.shape[1]), notes


@pytest.mark.parametrize("target", ["podcast", "streaming", "broadcast", "-20 LUFS"])
@pytest.mark.parametrize("name", ["voice.mp3", "music.ogg"])
def test_it_comes_to_its_target_under_its_ceiling(name, target):
    x = recorded(name)
    wanted = {"podcast": -16, "streaming": -14, "broadcast": -23}.get(target, -20)
    found, _ = mastered(x, target=target)
    assert lufs(found) == pytest.approx(wanted, abs=0.1)
    assert true_peak(found) < -0.95


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 24_000])
def test_hard_driven_speech_of_a_low_rate_stays_under_its_ceiling(rate):
    """At -9 LUFS, by an exact reading: 16 times oversampled, by its spectrum."""
    x = soxr.resample(recorded("guest.flac")[:1].T, RATE, rate, "HQ").T
    sound = timelines.stream(np.ascontiguousarray(x), rate=rate)
    found = timelines.heard(timelines.made(loudness, sound, rate=rate, target="-9 LUFS"))[0]
    spectrum = np.fft.rfft(np.pad(found.astype(float), 500))
    wide = np.pad(spectrum, (0, 8 * (len(found) + 1000) + 1 - len(spectrum)))
    assert -1.3 < effects.in_db(16 * np.abs(np.fft.irfft(wide)).max()) < -0.9


def test_where_nothing_is_above_the_ceiling_it_is_one_gain_and_nothing_else():
    x = recorded("voice.mp3")
    found, notes = mastered(x, target="broadcast")
    meter = Meter(RATE, 2)
    meter.write(x)
    gain = 10 ** ((-23 - meter.levels().integrated_lufs) / 20)
    np.testing.assert_array_equal(found, x * np.float32(gain))
    assert notes == []


def test_far_from_a_peak_even_the_limited_sound_has_one_gain():
    x = recorded("music.ogg") * np.float32(0.1)
    x[:, RATE : RATE + 20] = 1  # a click
    found, _ = mastered(x, target=-20)
    assert np.abs(found[:, RATE - 100 : RATE + 100]).max() < 0.9
    before, after = (slice(2000, RATE - 1000), slice(2 * RATE, 3 * RATE))
    gains = [np.sum(found[:, part] * x[:, part]) / np.sum(x[:, part] ** 2) for part in (before, after)]
    assert gains[0] == pytest.approx(gains[1], rel=1e-6)


def test_speech_keeps_its_distance_to_the_music():
    voice, music = recorded("guest.flac", 6), 0.2 * recorded("music.ogg", 9)
    mix = music.astype(np.float32)
    mix[:, : voice.shape[1]] += voice
    found, _ = mastered(mix)

    def distance(x):
        parts = x[:, : voice.shape[1]], x[:, voice.shape[1] + RATE // 10 :]
        return 10 * np.log10(np.mean(parts[0] ** 2.0) / np.mean(parts[1] ** 2.0))

    assert true_peak(mix) - lufs(mix) > 15  # so that peaks are limited
    assert distance(found) == pytest.approx(distance(mix), abs=0.1)


def test_mono_for_a_podcast_is_3_lu_softer_as_it_comes_from_both_sides():
    found, _ = mastered(recorded("voice.mp3")[:1])
    assert lufs(found) == pytest.approx(-19, abs=0.1)


def test_a_number_is_a_number_for_mono_too():
    found, _ = mastered(recorded("voice.mp3")[:1], target="-16 LUFS")
    assert lufs(found) == pytest.approx(-16, abs=0.1)


def test_silence_is_left_as_it_is_with_a_word():
    found, notes = mastered(np.zeros((2, RATE), np.float32))
    assert not found.any()
    assert notes == ["is silent, and left as it is"]


def test_what_is_too_soft_to_have_a_loudness_is_left_as_it_is_with_a_word():
    x = recorded("voice.mp3") * np.float32(1e-4)
    found, notes = mastered(x)
    np.testing.assert_array_equal(found, x)
    assert notes == ["has nothing above -70 LUFS, and is left as it is"]


def ungated(x):
    """LUFS of the whole, as BS.1770 weighs it, until its filters have come to rest."""
    x = np.pad(signal.resample_poly(x.astype(float), 160, 147, axis=1), ((0, 0), (0, 48_000)))
    return -0.691 + 10 * np.log10((weighed(x) ** 2).sum() / (x.shape[1] - 48_000))


@pytest.mark.parametrize("seconds", [0.05, 0.2, 0.3, 0.35, 0.399])
@pytest.mark.parametrize("target", ["-30 LUFS", "-18 LUFS"])
def test_a_sound_shorter_than_a_block_is_measured_without_gates(seconds, target):
    x = recorded("voice.mp3")[:, RATE // 2 : RATE // 2 + int(seconds * RATE)]
    found, notes = mastered(x, target=target)
    assert ungated(found) == pytest.approx(float(target.split()[0]), abs=0.15)
    assert true_peak(found) < -0.95
    assert "without gates" in notes[0]


def test_a_sound_of_a_block_is_as_loud_as_one_just_shorter():
    x = recorded("voice.mp3")[:, RATE // 2 :]
    gains = [mastered(x[:, : round(s * RATE)], target=-30)[0][0, 999] / x[0, 999] for s in (0.399, 0.401)]
    assert effects.in_db(gains[0] / gains[1]) == pytest.approx(0, abs=0.2)


def dull(frames):
    """Noise up to 10 kHz."""
    return signal.sosfilt(signal.butter(8, 10_000, fs=RATE, output="sos"), effects.noise(2, frames, 0.5))


def hiss(level, seconds=2):
    """Noise at a loudness in LUFS."""
    x = dull(seconds * RATE).astype(np.float32)
    return x * np.float32(10 ** ((level - lufs(x)) / 20))


def test_a_hiss_is_not_raised_to_the_loudness_of_a_voice():
    x = hiss(-69)
    found, notes = mastered(x)
    np.testing.assert_array_equal(found, x * np.float32(10 ** (30 / 20)))
    assert notes == ["needs 53 dB, more than `most`: it gets 30 dB"]
    assert lufs(mastered(x, most="60 dB")[0]) == pytest.approx(-16, abs=0.1)


def test_most_is_for_gains_down_too():
    x = hiss(-10)
    found, notes = mastered(x, target=-30, most="6 dB")
    assert lufs(found) == pytest.approx(-16, abs=0.1)
    assert notes == ["needs -20 dB, more than `most`: it gets -6 dB"]


def test_no_gain_is_more_than_most_where_peaks_are_limited():
    x = hiss(-40)
    x[:, RATE : RATE + 200] = 0.5
    found, notes = mastered(x, most="20 dB", target=-12)
    quiet = slice(RATE // 2)
    np.testing.assert_allclose(found[:, quiet], x[:, quiet] * 10, rtol=1e-5)
    assert true_peak(found) < -0.95
    assert len(notes) == 1
    assert notes[0].endswith("a ceiling of -1 dB and a gain of 20 dB let no more through; ask for less")


def with_wild(x, value, frame, channel=0):
    y = x.copy()
    y[channel, frame] = value
    return y


@pytest.mark.parametrize(
    ("value", "frame", "level", "said"),
    [
        (17_000, 55_125, 1, "has a wild sample of 17000 (84.6 dB) at 1.25 s"),
        (-300, 0, 1, "has a wild sample of -300 (49.5 dB) at 0 s"),
        (0.9, 66_150, 0.003, "has a wild sample of 0.9 (-0.9 dB) at 1.5 s"),
    ],
)
def test_a_wild_sample_makes_no_voice_soft_and_is_named(value, frame, level, said):
    x = recorded("voice.mp3") * np.float32(level)
    found, notes = mastered(with_wild(x, value, frame, 1), most="60 dB")
    rest = np.delete(found, np.s_[max(0, frame - 200) : frame + 9000], axis=1)
    plain = np.delete(mastered(x, most="60 dB")[0], np.s_[max(0, frame - 200) : frame + 9000], axis=1)
    assert lufs(rest) == pytest.approx(lufs(plain), abs=0.3)
    assert true_peak(found) < -0.95
    assert notes == [f"{said}, left out of its loudness: cut that place, or put a limiter before"]


def test_more_than_one_wild_sample_is_found():
    x = recorded("voice.mp3")
    y = with_wild(with_wild(x, 17_000, 55_125), -2000, 120_000)
    found, notes = mastered(y)
    assert lufs(found) == pytest.approx(-16, abs=0.3)
    assert notes[0].startswith("has a wild sample of 17000 (84.6 dB) at 1.25 s and 1 more, ")


def test_a_clap_is_no_wild_sample():
    x = recorded("voice.mp3") * np.float32(0.01)
    fall = np.exp(-np.arange(RATE // 20) / 300)
    x[:, RATE : RATE + RATE // 20] += (2 * dull(RATE // 20) * fall).astype(np.float32)
    found, _ = mastered(x, target=-30)
    assert lufs(found) == pytest.approx(-30, abs=0.1)


def test_a_target_out_of_reach_is_told_with_figures():
    found, notes = mastered(recorded("voice.mp3"), target=-1)
    assert true_peak(found) < -0.95
    assert lufs(found) > -9
    came, rest = notes[0].removeprefix("comes to ").split(" LUFS, ", 1)
    assert float(came) == pytest.approx(lufs(found), abs=0.1)
    assert rest.startswith("not -1 LUFS: a ceiling of -1 dB")


def test_heavy_limiting_is_told_with_figures():
    x = recorded("voice.mp3")
    x[0, RATE] = 1
    _, notes = mastered(x * np.float32(0.5), target=-12)
    assert len(notes) == 1
    assert notes[0].startswith("holds peaks down by up to ")
    assert notes[0].endswith("compress the voice before, or ask for less")


@pytest.mark.parametrize("target", [-30, -14])
def test_from_any_frame_it_is_the_tail_of_the_whole(target):
    x = recorded("voice.mp3", 3)
    spans = ((0, 30_000), (40_000, 60_000), (130_000, x.shape[1]))
    made = timelines.made(loudness, timelines.stream(x, spans=spans), target=target)
    assert made.spans == spans
    timelines.assert_seeks(made, (0, 1, 29_999, 35_000, 50_000, 131_000, x.shape[1] - 1))


@pytest.mark.parametrize("gap", [3000, 100_000])
def test_silence_that_is_known_changes_no_bit(gap):
    x = recorded("voice.mp3", 3)
    x[:, 20_000 : 20_000 + gap] = 0
    known, _ = mastered(x, ((0, 20_000), (20_000 + gap, x.shape[1])), target=-14)
    np.testing.assert_array_equal(known, mastered(x, target=-14)[0])


def test_progress_never_goes_back_and_ends():
    told = []
    x = recorded("voice.mp3", 2)
    made = loudness(Setup(RATE, (timelines.stream(x),), progress=told.append), target=-12)
    heard(made, 1)
    assert told == sorted(told)
    assert told[-1] == 1


def test_planning_hears_nothing_and_what_never_ends_is_refused():
    def chunks(first):
        raise AssertionError

    loudness(Setup(RATE, (Stream(RATE, 1, 100, chunks=chunks),)))
    with pytest.raises(NodeError, match="never ends"):
        loudness(Setup(RATE, (Stream(RATE, 1, None, chunks=chunks),)))


def test_the_name_of_a_target_is_read_and_a_slip_is_told():
    param = loudness.params["target"]
    assert param.read("podcast") == "podcast"
    assert param.read("-16 LUFS") == param.read(-16) == -16
    with pytest.raises(Wrong, match=r"nor one of podcast, short_video, streaming, broadcast; 'podcast'"):
        param.read("potcast")
    with pytest.raises(Wrong, match=r"12 LUFS is outside -60 LUFS to 0 LUFS$"):
        param.read("12 LUFS")


MIX = """
params:
  target: {type: loudness, default: podcast}
nodes:
  beep: {use: tone, length: 1 s, level: -30 dB}
  both: {use: pan, in: beep}
  out: {use: loudness, in: both, target: $target}
output: out
"""


@pytest.mark.parametrize(
    ("given", "wanted"), [(None, -16), ("broadcast", -23), ("-20 LUFS", -20), (-18, -18)]
)
def test_a_parameter_of_a_graph_carries_a_name_or_a_number(given, wanted):
    sound, _ = audiograph.render(MIX, target=given)
    assert lufs(sound) == pytest.approx(wanted, abs=0.1)


def test_a_parameter_of_a_graph_refuses_other_names():
    with pytest.raises(GraphError, match=r"'brodcast' is neither .*; 'broadcast'"):
        audiograph.load(MIX, target="brodcast")


@pytest.mark.parametrize("softer", [-43, -46, -50])
def test_what_the_gate_hides_of_a_soft_voice_counts_when_it_is_loud(softer):
    x = recorded("voice.mp3", 8) * np.float32(10 ** (softer / 20))
    found, _ = mastered(x, target="-26 LUFS", most="60 dB")
    assert lufs(found) == pytest.approx(-26, abs=0.1)
