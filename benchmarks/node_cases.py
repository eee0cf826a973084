"""What each node is measured at, and the same in pedalboard and ffmpeg.

`native` is the sample format that a filter of ffmpeg works in; conversions to it
are not charged to the filter. `{length}` is that of all it hears. pedalboard's
plug-ins are named, so that this file can be read where it is not installed.
"""

from typing import Any, NamedTuple

BANDS = (100, 400, 1000, 4000, 10_000)  # Hz


class Case(NamedTuple):
    """One row of the table."""

    name: str
    node: str  # type in the catalogue
    values: dict[str, Any]
    board: tuple[tuple[str, tuple[float, ...]], ...] = ()  # pedalboard's plug-ins and their arguments
    filters: str = ""  # ffmpeg's; a source where `inputs` is 0
    native: str = "flt"
    inputs: int = 1
    mono: bool = False


def _eq(name: str, *freqs: int) -> Case:
    bands = [{"shape": "peak", "freq": freq, "gain": 3, "q": 1} for freq in freqs]
    board = tuple(("PeakFilter", (freq, 3, 1)) for freq in freqs)
    chain = ",".join(f"equalizer=f={freq}:t=q:w=1:g=3" for freq in freqs)
    return Case(name, "eq", {"bands": bands}, board, chain, "fltp")


def _compressor(name: str, detector: str, board: tuple[tuple[str, tuple[float, ...]], ...]) -> Case:
    values = {"threshold": -20, "ratio": 4, "attack": 0.005, "release": 0.1, "detector": detector}
    chain = f"acompressor=threshold=-20dB:ratio=4:attack=5:release=100:detection={detector}"
    return Case(name, "compressor", values, board, chain, "dbl")


COMPRESSOR = (("Compressor", (-20, 4, 5, 100)),)
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
    _compressor("compressor, peak", "peak", COMPRESSOR),
    _compressor("compressor, rms", "rms", ()),
    Case(
        "gate",
        "gate",
        {"threshold": -10},
        (("NoiseGate", (-10, 10, 1, 100)),),
        "agate=threshold=0.316:ratio=10:attack=1:release=100",
        "dbl",
    ),
    Case(
        "limiter",
        "limiter",
        {"ceiling": -6},
        (("Limiter", (-6, 50)),),
        "alimiter=limit=-6dB:attack=5:release=50:level=0",
        "dbl",
    ),
    Case(
        "duck",
        "duck",
        {},
        filters="sidechaincompress=threshold=-40dB:ratio=20:attack=150:release=900",
        native="dbl",
        inputs=2,
    ),
    Case("fade, at work", "fade", {"fade_in": 2.9}, filters="afade=t=in:d={length}"),
    Case("fade, between", "fade", {"fade_in": 0.01}, filters="afade=t=in:d=0.01"),
    Case("envelope", "envelope", {"points": [{"at": 0, "level": 0}, {"at": 3, "level": -12}]}),
    Case("pan", "pan", {"position": 0.3}, filters="pan=stereo|c0=0.89*c0|c1=0.45*c0+c1"),
    Case("width", "width", {"width": 1.5}, filters="extrastereo=m=1.5:c=0"),
    Case("sum of 2", "sum", {}, filters="amix=inputs=2:normalize=0", inputs=2),
    Case("tone", "tone", {}, filters="aevalsrc=sin(2*PI*1000*t):s=44100", native="dbl", inputs=0, mono=True),
    Case("noise, white", "noise", {}, filters="anoisesrc=c=white", native="dbl", inputs=0, mono=True),
    Case(
        "noise, pink",
        "noise",
        {"colour": "pink"},
        filters="anoisesrc=c=pink",
        native="dbl",
        inputs=0,
        mono=True,
    ),
    Case("loop", "loop", {"crossfade": 0}, filters="aloop=loop=-1:size=131072"),
    Case("trim", "trim", {"start": 0.5}, filters="atrim=start=0.5,asetpts=PTS-STARTPTS"),
    Case("place", "place", {"at": 0.5}, filters="adelay=500:all=1", native="fltp"),
    Case("concat", "concat", {}, filters="concat=n=2:v=0:a=1", inputs=2),
)
