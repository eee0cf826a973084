"""The settings at which each node is measured, and the same work in pedalboard and ffmpeg.

`native` is the sample format an ffmpeg filter works in; conversions to it are not
counted. `{length}` stands for the length of its input. pedalboard's plug-ins are
given by name, so that this module can be imported where it is not installed.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from audiograph.graph.catalog import catalog

METER = "meter"  # not a node, but the meter of `audiograph measure`
BANDS = (100, 400, 1000, 4000, 10_000)  # Hz


Board = tuple[tuple[str, tuple[float, ...]], ...]


class Case(NamedTuple):
    """One row of the table."""

    name: str
    node: str  # type in the catalogue
    values: dict[str, Any]
    board: Board = ()  # pedalboard's plug-ins and their arguments
    filters: str = ""  # ffmpeg's; a source where `inputs` is 0
    native: str = "flt"
    inputs: int = 1
    mono: bool = False
    board_gain: float = 0  # dB of make-up gain in pedalboard's plug-in, to be ignored in comparisons
    sound: str = "noise"  # its input: noise of -14 dB, the same on both channels or in bursts, or music


def _eq(name: str, *freqs: int) -> Case:
    bands = [{"shape": "peak", "freq": freq, "gain": 3, "q": 1} for freq in freqs]
    board = tuple(("PeakFilter", (freq, 3, 1)) for freq in freqs)
    chain = ",".join(f"equalizer=f={freq}:t=q:w=1:g=3" for freq in freqs)
    return Case(name, "eq", {"bands": bands}, board, chain, "fltp")


def _compressor(name: str, detector: str, times: str, board: Board = ()) -> Case:
    """Ours averages decibels, theirs levels; with times of 4 and 6.3 times ours they are equally loud."""
    values = {"threshold": -20, "ratio": 4, "attack": 0.005, "release": 0.1, "knee": 0, "detector": detector}
    chain = f"acompressor=threshold=-20dB:ratio=4:{times}:knee=1:detection={detector}"
    return Case(name, "compressor", values, board, chain, "dbl", sound="twice")


CASES = (
    Case("gain", "gain", {"level": -6}, (("Gain", (-6,)),), "volume=-6dB"),
    _eq("eq, 1 band", 1000),
    _eq("eq, 2 bands", *BANDS[:2]),
    _eq("eq, 5 bands", *BANDS),
    Case(
        "filter, order 1",
        "filter",
        {"freq": 5000, "order": 1},
        (("LowpassFilter", (5000,)),),
        "lowpass=f=5000:p=1",
        "fltp",
    ),
    Case("filter, order 2", "filter", {"freq": 5000}, filters="lowpass=f=5000", native="fltp"),
    _compressor("compressor, peak", "peak", "attack=20:release=300", (("Compressor", (-20, 4, 31, 470)),)),
    _compressor("compressor, rms", "rms", "attack=40:release=50"),
    Case(
        "gate",
        "gate",
        {"threshold": -30},
        (("NoiseGate", (-30, 10, 1, 100)),),
        "agate=threshold=-30dB:ratio=10:attack=1:release=100",
        "dbl",
        sound="bursts",
    ),
    Case(
        "limiter",
        "limiter",
        {"ceiling": -3, "true_peak": False},
        (("Limiter", (-3, 50)),),
        "alimiter=limit=-3dB:attack=5:release=50:level=0",
        "dbl",
        board_gain=3 + 10 * 0.75 / 2,  # make-up gain for its ceiling and its first stage
    ),
    Case("limiter, true peak", "limiter", {"ceiling": -3}),  # no peer has one
    Case("limiter, true peak, music", "limiter", {"ceiling": -3}, sound="music"),
    Case(
        "duck",
        "duck",
        {},
        filters="sidechaincompress=threshold=-23.5dB:ratio=20:attack=150:release=900",
        native="dbl",
        inputs=2,
        sound="twice",
    ),
    Case("duck, 8 bands", "duck", {"bands": 8}, inputs=2),
    Case("deesser", "deesser", {}),
    Case("repair", "repair", {}),
    Case("fade, at work", "fade", {"fade_in": 2.9}, filters="afade=t=in:d={length}"),
    Case("fade, between", "fade", {"fade_in": 0.01}, filters="afade=t=in:d=0.01"),
    Case("envelope", "envelope", {"points": [{"at": 0, "level": 0}, {"at": 3, "level": -12}]}),
    Case("pan", "pan", {"position": 0.3}, filters="pan=stereo|c0=0.89*c0|c1=0.45*c0+c1"),
    Case("width", "width", {"width": 1.5}, filters="extrastereo=m=1.5:c=0"),
    Case("sum of 2", "sum", {}, filters="amix=inputs=2:normalize=0", inputs=2),
    Case(
        "tone",
        "tone",
        {},
        filters="aevalsrc=0.25*sin(2*PI*1000*t):s=44100",
        native="dbl",
        inputs=0,
        mono=True,
    ),
    Case("noise, white", "noise", {}, filters="anoisesrc=c=white:a=0.174", native="dbl", inputs=0, mono=True),
    Case(
        "noise, pink",
        "noise",
        {"colour": "pink"},
        filters="anoisesrc=c=pink:a=0.513",
        native="dbl",
        inputs=0,
        mono=True,
    ),
    Case("loop", "loop", {"crossfade": 0}, filters="aloop=loop=-1:size=131072"),
    Case("trim", "trim", {"start": 0.5}, filters="atrim=start=0.5,asetpts=PTS-STARTPTS"),
    Case("place", "place", {"at": 0.5}, filters="adelay=500:all=1", native="fltp"),
    Case("concat", "concat", {}, filters="concat=n=2:v=0:a=1", inputs=2),
    Case(
        "crossover, 2 bands",
        "crossover",
        {},
        filters="acrossover=split=1000:order=4th[low][high];[low]anullsink;[high]anull",
        native="fltp",
    ),
    Case("loudness, true peak", METER, {}, filters="ebur128=peak=true", native="dbl"),
    Case("the same of music", METER, {}, filters="ebur128=peak=true", native="dbl", sound="music"),
)


def known() -> Iterator[Case]:
    """The cases of all existing nodes, and one with default values for every effect that has none."""
    kinds = catalog()
    yield from (case for case in CASES if case.node in kinds or case.node == METER)
    named = {case.node for case in CASES}
    yield from (Case(name, name, {}) for name, kind in kinds.items() if kind.is_effect and name not in named)
