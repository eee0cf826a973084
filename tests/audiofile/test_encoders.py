"""Every format × rate × channels × bits or bitrate: what `check` allows is written, what it refuses fails.

All of them take minutes, so the suite tries some by lot. Nothing is too strange to be
tried: the real encoders run in processes of their own, and may crash.
"""

import json
import os
import random
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from audiograph.audiofile import Encoding, check
from audiograph.audiofile.encodings import KINDS, _mp3_bitrates

RATES = (
    4000, 5512, 6000, 7350, 8000, 9600, 11_025, 12_000, 16_000, 18_900, 22_050, 24_000, 32_000, 37_800,
    44_056, 44_100, 47_952, 48_000, 50_000, 50_400, 64_000, 65_535, 65_536, 65_540, 88_200, 96_000, 100_000,
    131_072, 150_000, 176_400, 192_000, 199_999, 200_000, 200_001, 250_000, 262_144, 352_800, 384_000,
    500_000, 655_350, 655_351, 655_360, 700_000, 705_600, 768_000,
)  # fmt: skip
CHANNELS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 64)
BITRATES = {"mp3": (32, 64, 128, 320), "ogg": (16, 80, 250), "opus": (6, 48, 256)}  # a channel, except of MP3
Case = tuple[str, int, int, int]


def numbers(kind: str, channels: int) -> tuple[int, ...]:
    """Bits, or bitrates in kbit/s."""
    if kind == "mp3":
        return BITRATES[kind]
    return tuple(each * channels for each in BITRATES[kind]) if kind in BITRATES else KINDS[kind].depths


CASES = [
    (kind, rate, channels, number)
    for kind, rate, channels in product(KINDS, RATES, CHANNELS)
    if KINDS[kind].format != "OGG" or channels <= 8  # Vorbis and Opus take more, but say no order for them
    for number in numbers(kind, channels)
]


def is_known(case: Case) -> bool:
    """Whether the encoder itself decides: libsndfile takes any bitrate of MP3, and writes a lower one."""
    kind, rate, _, number = case
    return kind != "mp3" or rate < 8000 or number in _mp3_bitrates(rate)


def allowed(case: Case) -> bool:
    kind, rate, channels, number = case
    chosen = Encoding(kind, bitrate=number) if KINDS[kind].is_lossy else Encoding(kind, number)
    return not check(chosen, rate, channels, rate // 20)


def surprises(cases: list[Case]) -> list[tuple[Case, str]]:
    script = Path(__file__).with_name("encoder_cases.py")
    root = str(Path(__file__).parents[2])
    env = {**os.environ, "PYTHONPATH": root}
    command = [sys.executable, script]
    ended = subprocess.run(
        command, input=json.dumps(cases), capture_output=True, text=True, env=env, timeout=3000
    )
    assert not ended.returncode, ended.stderr
    said = [json.loads(line) for line in ended.stdout.splitlines()]
    assert len(said) == len(cases)
    return [
        (case, each) for case, each in zip(cases, said, strict=True) if allowed(case) != (each == "written")
    ]


def interesting(case: Case) -> bool:
    """A case that an encoder might refuse; that 9 channels do not go into FLAC need not be tried often."""
    kind, _, channels, _ = case
    return is_known(case) and channels <= max(KINDS[kind].channels, 9)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_what_is_allowed_is_written_and_what_is_refused_fails():
    some = random.Random(11).sample([case for case in CASES if interesting(case)], 300)
    edges: list[Case] = [
        (kind, rate, 1, 80 if kind == "ogg" else 16)
        for kind, rates in {
            "flac": (65_535, 65_536, 65_540, 200_000, 200_001, 655_350, 655_360, 768_000),
            "ogg": (199_999, 200_000, 200_001, 384_000),
        }.items()
        for rate in rates
    ]
    assert surprises(some + edges) == []


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("kind", KINDS)
def test_every_case(kind: str):
    assert surprises([case for case in CASES if case[0] == kind and is_known(case)]) == []


@pytest.mark.parametrize(
    ("kind", "rate", "says"),
    [
        ("ogg", 384_000, "OGG takes up to 200 kHz, not 384 kHz: set rate: 192 kHz (or --rate)"),
        (
            "flac", 65_536,
            "FLAC takes up to 655.35 kHz, and above 65.535 kHz multiples of 10 Hz, not 65.536 kHz: "
            "set rate: 48 kHz (or --rate)",
        ),
        (
            "flac", 768_000,
            "FLAC takes up to 655.35 kHz, and above 65.535 kHz multiples of 10 Hz, not 768 kHz: "
            "set rate: 384 kHz (or --rate)",
        ),
    ],
)  # fmt: skip
def test_a_rate_that_is_refused_is_told_with_one_that_is_taken(kind: str, rate: int, says: str):
    bits = 0 if KINDS[kind].is_lossy else 16
    assert check(Encoding(kind, bits), rate, 1, 100) == [says]


def test_a_case_is_tried_that_crashes_the_encoder():
    assert not allowed(("ogg", 768_000, 1, 80)) and ("ogg", 768_000, 1, 80) in CASES
