# mypy: allow-untyped-defs, allow-untyped-calls
"""Look-ahead: a delay inside a kernel, so that a gain can begin to move before the sound it is for.

The past is a ring, and the frame number is the position in it, so no position
is stored: a new state is valid at any time, and silence does not change it.
"""

from audiograph.kernel import inlined


@inlined
def delayed(x, y, past, clock):
    """y is x, delayed by past.shape[0] frames, for one channel. `clock` is the number of x's first frame."""
    frames, size = x.shape[0], past.shape[0]
    done = 0
    while done < frames:
        at = (clock + done) % size if size else 0
        some = min(frames - done, size - at) if size else frames
        new, out, line = x[done : done + some], y[done : done + some], past[at : at + some]
        if size:
            for n in range(some):
                out[n] = line[n]
            for n in range(some):
                line[n] = new[n]
        else:
            for n in range(some):
                out[n] = new[n]
        done += some


@inlined
def apply_gain(x, first, gain, y, past, clock):
    """For as many frames as `gain` has, from `first` on, y is x delayed, times the gain; all channels."""
    last = first + gain.shape[0]
    for ch in range(x.shape[0]):
        out = y[ch, first:last]
        delayed(x[ch, first:last], out, past[ch], clock + first)
        for n in range(out.shape[0]):
            out[n] = out[n] * gain[n]
