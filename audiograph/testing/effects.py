"""What an effect makes of a sound: finite, the same in any blocks, as late and as long as it says."""

import numpy as np

from audiograph.node import NO_CLOCK, UNDECLARED_CLOCK
from audiograph.sound import Audio
from audiograph.testing.trial import Trial, run, swelling

CUTS = ((1,), (7,), (64,), (1000,), (65_536,), (1, 7, 1, 491, 1811, 2, 3000))
MISSED = 0.01  # of the loudest: what rings on more softly may be cut off


def hostile(channels: int, frames: int = 3000) -> dict[str, Audio]:
    """Sounds that break what is careless."""
    ones = np.ones((channels, frames), np.float32)
    square = np.where(np.arange(frames) // 50 % 2, -ones, ones)
    return {
        "silence": 0 * ones,
        "a constant": ones,
        "a full-scale square": square,
        "denormals": 1e-40 * square,
        "the smallest number": np.float32(1e-45) * square,
        "20 dB over": 10 * square,
        "alternating": np.where(np.arange(frames) % 2, -ones, ones),
        "one frame": ones[:, :1],
        "a click": np.where(np.arange(frames) == 100, ones, 0 * ones),
        "a burst, then denormals": np.where(np.arange(frames) < 500, square, np.float32(1e-42)),
    }


def a_clock_is_declared(trial: Trial) -> None:
    """A state with a field `clock` comes with `clocked=True`, and the other way round."""
    for channels in (1, 2, 6):
        refusal = str(trial.refusal(channels))
        assert refusal not in (UNDECLARED_CLOCK, NO_CLOCK), refusal


def extremes_give_finite_sound(trial: Trial) -> None:
    """Every end of every range."""
    for channels in trial.widths():
        inputs = trial.inputs(channels)
        for words, effect in trial.effects(inputs):
            assert np.isfinite(run(effect, inputs)).all(), f"{words}: not a finite number"


def hostile_sounds_give_finite_sound(trial: Trial) -> None:
    """Also where every input hears it at once."""
    channels = trial.widths()[-1]
    for name, x in hostile(channels).items():
        inputs = [x] * trial.ports()
        for words, effect in trial.effects(inputs):
            assert np.isfinite(run(effect, inputs)).all(), f"{name}, {words}: not a finite number"


def blocks_change_no_bit(trial: Trial) -> None:
    """Nor does a second run, nor what was in the output before."""
    for channels in trial.widths():
        inputs = trial.inputs(channels, 9000)
        for effect in trial.usual(inputs):
            whole = run(effect, inputs)
            assert whole.any(), "gives nothing but silence"
            for sizes in CUTS:
                again = run(effect, inputs, sizes)
                assert again.tobytes() == whole.tobytes(), f"blocks of {sizes} frames sound unlike 4096"


def inputs_are_not_written(trial: Trial) -> None:
    """Others read them too."""
    for channels in trial.widths():
        inputs = trial.inputs(channels)
        before = [x.tobytes() for x in inputs]
        for words, effect in trial.effects(inputs):
            run(effect, inputs, (8192,))
            assert [x.tobytes() for x in inputs] == before, f"{words}: an input is written"


def one_two_and_six_channels_run_or_are_refused_by_name(trial: Trial) -> None:
    """And a mono key takes part in any."""
    assert trial.widths(), "takes no sound"
    for channels in (1, 2, 6):
        refusal = trial.refusal(channels)
        assert refusal is None or "channel" in str(refusal), f"{channels} channels: {refusal}"
        inputs = trial.inputs(channels)
        if refusal is None and len(inputs) > 1:
            inputs[1:] = [swelling(1, 5000, seed=5)] * (len(inputs) - 1)
            run(trial.effect(inputs), inputs)


def latency_is_as_claimed(trial: Trial) -> None:
    """What begins at frame 1000 begins to come out 1000 + latency later, not one before or after."""
    channels = trial.widths()[0]
    for words, effect in trial.effects(trial.inputs(channels, 5000)):
        inputs = [np.zeros((channels, effect.latency + 2000), np.float32) for _ in range(trial.ports())]
        for x in inputs:
            x[:, 1000:] = np.random.default_rng(1).uniform(0.3, 0.9, x[:, 1000:].shape)
        out = run(effect, inputs).any(axis=0)
        measured = int(out.argmax()) - 1000 if out.any() else effect.latency
        assert measured == effect.latency, f"{words}: {measured} frames late, {effect.latency} claimed"


def tail_is_as_claimed(trial: Trial) -> None:
    """After it next to nothing is heard; in its last half still something."""
    channels = trial.widths()[-1]
    inputs = [x * np.clip((8000 - np.arange(8000)) / 400, 0, 1) for x in trial.inputs(channels, 8000)]
    inputs = [x.astype(np.float32) for x in inputs]
    for effect in trial.usual(inputs):
        end = 8000 + effect.latency
        longer = [np.pad(x, ((0, 0), (0, effect.latency + effect.tail + 4000))) for x in inputs]
        out = np.abs(run(effect, longer)).max(0)
        loudest = out[:end].max()
        rest = out[end + effect.tail :].max()
        assert rest <= MISSED * loudest, f"{rest / loudest:.1e} of the loudest is cut off after the tail"
        if effect.tail:
            last = out[end + effect.tail // 2 : end + effect.tail].max()
            assert last > 1e-6 * loudest, "claims a tail twice as long as what is heard"
