# mypy: allow-untyped-defs
"""Interleaved samples of a file to planar float32."""

import numpy as np

from audiograph.kernel import kernel

SCALES = {  # keys are types, not names: numpy builds a name anew each time
    np.dtype("int16"): np.float32(2**-15),
    np.dtype("int32"): np.float32(2**-31),
    np.dtype("float32"): np.float32(1),
}


@kernel
def planes(x, y, scale):
    """int16, int32 or float32 `x`, (frames, channels), times `scale` to float32 `y`, (channels, frames)."""
    if x.shape[1] == 1:  # a constant for the compiler, so that the loop becomes a vector loop; likewise below
        only = y[0]
        for n in range(x.shape[0]):
            only[n] = np.float32(x[n, 0]) * scale
    elif x.shape[1] == 2:  # 3 times as fast as the loops below
        left, right = y[0], y[1]
        for n in range(x.shape[0]):
            left[n] = np.float32(x[n, 0]) * scale
            right[n] = np.float32(x[n, 1]) * scale
    else:
        for ch in range(y.shape[0]):
            for n in range(y.shape[1]):
                y[ch, n] = np.float32(x[n, ch]) * scale
