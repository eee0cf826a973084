# mypy: allow-untyped-defs, allow-untyped-calls
"""Sound held back inside a kernel, so that what is done to it may begin before it.

The past is a ring, and the frame number tells the place in it, so there is no
place to keep: a fresh state is a fixed point of silence at any time.
"""

from audiograph.kernel import inlined


@inlined
def held_back(x, y, past, clock):
    """y is x, later by past.shape[0] frames. All of one channel; clock is the number of x's first frame."""
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
    """From frame `first` on, as long as `gain`, y is x held back, times the gain. All channels."""
    last = first + gain.shape[0]
    for ch in range(x.shape[0]):
        out = y[ch, first:last]
        held_back(x[ch, first:last], out, past[ch], clock + first)
        for n in range(out.shape[0]):
            out[n] = out[n] * gain[n]
