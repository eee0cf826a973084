"""Low-pass and high-pass filters of a chosen steepness.

Reference: S. Butterworth, "On the theory of filter amplifiers", Experimental
Wireless 7, 1930, by the bilinear transform; S. Linkwitz, "Active crossover
networks for noncoincident drivers", JAES 24(1), 1976.
"""

from audiograph.dsp.biquad import butterworth, linkwitz_riley, note_moved
from audiograph.dsp.cascade import cascade
from audiograph.errors import NodeError
from audiograph.node import Effect, Setup, effect
from audiograph.units import choice, hz, whole


@effect
def filter(
    setup: Setup,
    mode: str = choice("lowpass", "highpass", help="keeps what is below the corner, or what is above"),
    freq: float = hz(
        1000, 10, 20_000, "corner, at -3 dB (linkwitz_riley: -6 dB); at most 0.49 of the sample rate"
    ),
    order: int | None = whole(None, 1, 8, "slope: 6 dB an octave for each; left out, 2 (linkwitz_riley: 4)"),
    family: str = choice(
        "butterworth", "linkwitz_riley", help="flat up to the corner, or a crossover whose two bands sum flat"
    ),
) -> Effect:
    """Cuts what is above or below a frequency.

    Tune the frequency first, then the order: 1 is a tint, 2 is usual, 4 and
    more separates. To split a sound in two and sum it again, use the node
    `crossover`, or linkwitz_riley of order 4 or 8 for both bands, with the same
    frequency.
    """
    note_moved(setup.note, "freq", freq, setup.rate)
    if family == "butterworth":
        sections = butterworth(mode, setup.rate, freq, order or 2)
    elif order in (None, 4, 8):
        sections = linkwitz_riley(mode, setup.rate, freq, order or 4)
    else:
        raise NodeError(f"order {order}: linkwitz_riley filters are of order 4 or 8, whose bands sum flat")
    filters = cascade(sections, setup.inputs[0].channels)
    return Effect(filters.kernel, filters.coefs, filters.state, memory=filters.memory)
