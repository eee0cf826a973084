"""What a figure may be, as a graph file says it."""

from math import inf, nextafter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiograph.language.bounds import bounds
from audiograph.language.quantity import Wrong


@pytest.mark.parametrize(
    ("text", "unit", "least", "most"),
    [
        ("-16 LUFS ± 0.5", "LUFS", -16.5, -15.5),
        ("-16 LUFS +- 0.5 LU", "LUFS", -16.5, -15.5),
        ("-16 +/- 1 dB", "LUFS", -17, -15),
        ("<= -1 dB", "dB", -inf, -1),
        ("≤ -1", "dB", -inf, -1),
        ("< -1 dB", "dB", -inf, nextafter(-1, -inf)),
        (">= 8 LU", "LU", 8, inf),
        ("> 8", "LU", nextafter(8, inf), inf),
        ("6..12 LU", "LU", 6, 12),
        ("-9.5 LU .. -6.", "LU", -9.5, -6),
        ("20 s..1:30", "s", 20, 90),
        ("500 ms ± 10 ms", "s", 0.49, 0.51),
        ("0..3", "", 0, 3),
    ],
)
def test_bounds_are_read(text, unit, least, most):
    assert bounds(text, unit)[:2] == pytest.approx((least, most), rel=0, abs=1e-12)


def test_a_plain_value_is_a_maximum_or_has_a_tolerance():
    assert bounds("-1 dB", "dB")[:2] == (-inf, -1)
    assert bounds("-16 LUFS", "LUFS", 0.5)[:2] == (-16.5, -15.5)
    assert bounds(0, "").text == "<= 0"


@pytest.mark.parametrize(
    ("text", "unit", "why"),
    [
        ("loud", "LUFS", "is not a loudness in LUFS"),
        ("-16 Hz", "LUFS", "is not a loudness in LUFS"),
        ("12..6 LU", "LU", "empty"),
        ("-16 LUFS ± 1 s", "LUFS", "not a difference in LUFS"),
        ("6..", "LU", "is not a difference"),
        ("± 3", "LU", "is not a difference"),
        ("<= ", "dB", "is not a level"),
        (None, "dB", "is not a level"),
    ],
)
def test_bounds_that_cannot_be_read_are_refused(text, unit, why):
    with pytest.raises(Wrong, match=why):
        bounds(text, unit)


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.floats(-3e6, 3e6))
def test_bounds_hold_what_lies_between(middle, far, value):
    found = bounds(f"{middle!r} ± {far!r}", "")
    assert found.hold(value) == (middle - far <= value <= middle + far)
    assert not found.hold(float("nan"))
