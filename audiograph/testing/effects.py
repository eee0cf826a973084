"""Checks of an effect's output: finite, independent of block sizes, latency and tail as declared."""

import numpy as np

from audiograph.node import NO_CLOCK, UNDECLARED_CLOCK
from audiograph.sound import Audio
from audiograph.testing.trial import Trial, run, swelling

CUTS = ((1,), (7,), (64,), (1000,), (65_536,), (1, 7, 1, 491, 1811, 2, 3000))
MOST_CALLS = 1500  # of a kernel in blocks of one size
AUDIBLE = 0.01  # of the highest sample; what rings on below this may be cut off


def hostile(channels: int, frames: int = 3000) -> dict[str, Audio]:
    """Sounds that break careless code, by name: each of shape (channels, at most `frames`)."""
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
    """With every parameter at either end of its range."""
    for channels in trial.widths():
        inputs = trial.inputs(channels)
        for words, effect in trial.effects(inputs):
            assert np.isfinite(run(effect, inputs)).all(), f"{words}: not a finite number"


def hostile_sounds_give_finite_sound(trial: Trial) -> None:
    """With each hostile sound on every input at once."""
    channels = trial.widths()[-1]
    for name, x in hostile(channels).items():
        inputs = [x] * trial.ports()
        for words, effect in trial.effects(inputs):
            assert np.isfinite(run(effect, inputs)).all(), f"{name}, {words}: not a finite number"


def blocks_change_no_bit(trial: Trial) -> None:
    """The output does not depend on block sizes, nor on what was in the output arrays before."""
    for channels in trial.widths():
        inputs = trial.inputs(channels, 9000)
        for effect in trial.usual(inputs):
            whole = run(effect, inputs)
            assert whole.any(), "its output is silent"
            for sizes in CUTS:
                frames = MOST_CALLS * max(sizes)
                again = run(effect, [x[:, :frames] for x in inputs], sizes)
                same = again.tobytes() == whole[:, :frames].tobytes()
                assert same, f"blocks of {sizes} frames differ from 4096"


def inputs_are_not_written(trial: Trial) -> None:
    """Other nodes read them too."""
    for channels in trial.widths():
        inputs = trial.inputs(channels)
        before = [x.tobytes() for x in inputs]
        for words, effect in trial.effects(inputs):
            run(effect, inputs, (8192,))
            assert [x.tobytes() for x in inputs] == before, f"{words}: writes to an input"


def one_two_and_six_channels_run_or_are_refused_by_name(trial: Trial) -> None:
    """It takes them, with a mono side-chain too, or its error names the number of channels."""
    assert trial.widths(), "takes neither 1, 2 nor 6 channels"
    for channels in (1, 2, 6):
        refusal = trial.refusal(channels)
        assert refusal is None or "channel" in str(refusal), f"{channels} channels: {refusal}"
        inputs = trial.inputs(channels)
        if refusal is None and len(inputs) > 1:
            inputs[1:] = [swelling(1, 5000, seed=5)] * (len(inputs) - 1)
            run(trial.effect(inputs), inputs)


def latency_is_as_claimed(trial: Trial) -> None:
    """A sound that begins at frame 1000 begins in the output at frame 1000 + latency, exactly."""
    channels = trial.widths()[0]
    for words, effect in trial.effects(trial.inputs(channels, 5000)):
        inputs = [np.zeros((channels, effect.latency + 2000), np.float32) for _ in range(trial.ports())]
        for x in inputs:
            x[:, 1000:] = np.random.default_rng(1).uniform(0.3, 0.9, x[:, 1000:].shape)
        out = run(effect, inputs).any(axis=0)
        measured = int(out.argmax()) - 1000 if out.any() else effect.latency
        assert measured == effect.latency, f"{words}: {measured} frames late, declared {effect.latency}"


def tail_is_as_claimed(trial: Trial) -> None:
    """After the tail the output is inaudible; in the second half of the tail it is not yet silent."""
    channels = trial.widths()[-1]
    inputs = [x * np.clip((8000 - np.arange(8000)) / 400, 0, 1) for x in trial.inputs(channels, 8000)]
    inputs = [x.astype(np.float32) for x in inputs]
    for effect in trial.usual(inputs):
        end = 8000 + effect.latency
        longer = [np.pad(x, ((0, 0), (0, effect.latency + effect.tail + 4000))) for x in inputs]
        out = np.abs(run(effect, longer)).max(0)
        loudest = out[:end].max()
        rest = out[end + effect.tail :].max()
        assert rest <= AUDIBLE * loudest, f"{rest / loudest:.1e} of the peak is cut off after the tail"
        if effect.tail:
            last = out[end + effect.tail // 2 : end + effect.tail].max()
            assert last > 1e-6 * loudest, "its tail is more than twice as long as its sound"
