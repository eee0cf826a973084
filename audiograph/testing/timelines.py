"""What a timeline node promises: any frame of it, in any pieces, any number of times."""

from collections.abc import Iterator, Sequence

import numpy as np

from audiograph.errors import AudiographError
from audiograph.sound import ENDLESS, Audio, Stream, cut
from audiograph.testing.effects import hostile
from audiograph.testing.trial import LONG, Trial, heard, streamed, swelling

SPANS = ((3000, 9000), (20_000, 26_001))  # where the sparse inputs sound


def _streams(trial: Trial, inputs: Sequence[Audio]) -> Iterator[tuple[str, Stream]]:
    """A stream for every one of the settings that is not refused."""
    for words, values in trial.settings():
        try:
            yield words, trial.stream([streamed(x, trial.rate) for x in inputs], values)
        except AudiographError as error:
            assert str(error), f"{words}: refused without a word"


def _sparse(trial: Trial, channels: int) -> list[Audio]:
    found = trial.inputs(channels, LONG)
    for x in found:
        for first, last in ((0, SPANS[0][0]), (SPANS[0][1], SPANS[1][0]), (SPANS[1][1], LONG)):
            x[:, first:last] = 0
    return found


def extremes_give_finite_sound(trial: Trial) -> None:
    """Every end of every range."""
    for channels in trial.widths():
        for words, sound in _streams(trial, trial.inputs(channels, 9000)):
            found = heard(sound, LONG)
            assert found.shape == (sound.channels, min(LONG, sound.end)), f"{words}: {found.shape}"
            assert np.isfinite(found).all(), f"{words}: not a finite number"


def hostile_sounds_give_finite_sound(trial: Trial) -> None:
    """Also where every input hears it at once."""
    channels = trial.widths()[-1]
    for name, x in hostile(channels).items() if trial.node.inputs else ():
        for words, sound in _streams(trial, [x] * trial.ports()):
            assert np.isfinite(heard(sound, 4000)).all(), f"{name}, {words}: not a finite number"


def from_any_frame_it_is_the_tail_of_the_whole(trial: Trial) -> None:
    """To the bit."""
    for words, sound in _streams(trial, trial.inputs(trial.widths()[-1], LONG)):
        whole = heard(sound, LONG)
        frames = whole.shape[1]
        for first in sorted({0, 1, frames // 3, 2 * frames // 3 + 1, frames - 1} & set(range(frames))):
            tail = heard(sound, LONG, first)
            assert tail.tobytes() == whole[:, first:].tobytes(), f"{words}: from frame {first} on"


def reads_of_any_size_change_no_bit(trial: Trial) -> None:
    """One frame, or all."""
    sound = trial.stream([streamed(x, trial.rate) for x in trial.inputs(trial.widths()[-1], 9000)])
    whole = heard(sound, 12_000)
    for size in (7, 64, 1000, 4096):
        reader = sound.open()
        parts = [reader.take(min(size, whole.shape[1] - at)) for at in range(0, whole.shape[1], size)]
        assert np.array_equal(np.concatenate(parts, axis=1), whole), f"in pieces of {size} frames"


def opened_again_it_is_equal(trial: Trial) -> None:
    """Also while the first pass is still running."""
    sound = trial.stream([streamed(x, trial.rate) for x in trial.inputs(trial.widths()[-1], LONG)])
    reader = sound.open()
    begun = reader.take(min(4000, sound.end))
    whole = heard(sound, LONG)
    rest = reader.take(whole.shape[1] - begun.shape[1])
    assert np.array_equal(np.concatenate([begun, rest], axis=1), whole), "two passes differ"


def spans_are_honest(trial: Trial) -> None:
    """Silence that the inputs know of, or give as zeros: what is heard is the same."""
    inputs = _sparse(trial, trial.widths()[-1])
    for words, values in trial.settings() if inputs else ():
        try:
            known = trial.stream([streamed(x, trial.rate, SPANS) for x in inputs], values)
            unknown = trial.stream([streamed(x, trial.rate) for x in inputs], values)
        except AudiographError:
            continue
        assert known.frames == unknown.frames, f"{words}: {known.frames} frames or {unknown.frames}"
        a, b = heard(known), heard(unknown)
        assert np.array_equal(a, b), f"{words}: unlike from frame {int((a != b).any(0).argmax())} on"
        assert known.frames is None or known.spans == cut(known.spans, 0, known.end), (
            f"{words}: spans past its end"
        )


def chunks_fill_the_spans(trial: Trial) -> None:
    """A stream that ends gives every frame its spans tell of."""
    for words, sound in _streams(trial, trial.inputs(trial.widths()[-1], 9000)):
        assert sound.start <= sound.end, f"{words}: starts after its end"
        for first in (0, 5000) if sound.end < 10 * LONG else ():
            told = sum(last - begin for begin, last in cut(sound.spans, first, ENDLESS))
            given = 0
            for part in sound.chunks(first) if told else ():
                given += part.shape[1]
                if given >= told:  # it may give more, and without end
                    break
            assert given >= told, f"{words}: {given} frames from {first} on, {told} told of"


def silence_stays_silence(trial: Trial) -> None:
    """Nothing comes of inputs that are silent."""
    channels = trial.widths()[-1]
    for words, sound in _streams(trial, [np.zeros((channels, 9000), np.float32)] * trial.ports()):
        assert not trial.ports() or not heard(sound, LONG).any(), f"{words}: something comes of silence"


def one_two_and_six_channels_run_or_are_refused_by_name(trial: Trial) -> None:
    """And mono beside wider sounds."""
    assert trial.widths(), "takes no sound"
    for channels in (1, 2, 6):
        refusal = trial.refusal(channels)
        assert refusal is None or "channel" in str(refusal), f"{channels} channels: {refusal}"
        inputs = [*trial.inputs(channels, LONG), swelling(1, LONG)][-trial.ports() :]
        if refusal is None:
            heard(trial.stream([streamed(x, trial.rate) for x in inputs]), 500)
