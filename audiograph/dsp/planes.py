# mypy: allow-untyped-defs
"""Interleaved samples of a file to planes of float32."""

import numpy as np

from audiograph.kernel import kernel

SCALES = {  # by the type itself: numpy builds its name anew each time
    np.dtype("int16"): np.float32(2**-15),
    np.dtype("int32"): np.float32(2**-31),
    np.dtype("float32"): np.float32(1),
}


@kernel
def planes(x, y, scale):
    """int16, int32 or float32 `x`, (frames, channels), times `scale` to float32 `y`, (channels, frames)."""
    channels, frames = y.shape
    if channels == 1:
        samples, only = x.reshape(x.size), y[0]
        for n in range(frames):
            only[n] = np.float32(samples[n]) * scale
    elif channels == 2:  # flat, so that the loop becomes vectors: 3 times as fast as the loops below
        samples, left, right = x.reshape(x.size), y[0], y[1]
        for n in range(frames):
            left[n] = np.float32(samples[2 * n]) * scale
            right[n] = np.float32(samples[2 * n + 1]) * scale
    else:
        for ch in range(channels):
            for n in range(frames):
                y[ch, n] = np.float32(x[n, ch]) * scale
