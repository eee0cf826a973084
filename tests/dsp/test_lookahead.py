import numpy as np
import pytest
from effects import noise

from audiograph.dsp.lookahead import delayed


@pytest.mark.parametrize("size", [0, 1, 5, 300, 2000])
@pytest.mark.parametrize("start", [0, 7, -3, 10**12])
def test_sound_comes_back_later_by_the_length_of_the_line_from_any_frame_on(size, start):
    x, past, out, done = noise(1, 1500)[0], np.zeros(size, np.float32), [], 0
    for frames in (1, 499, 300, 2, 698):
        out.append(np.empty(frames, np.float32))
        delayed(x[done : done + frames], out[-1], past, start + done)
        done += frames
    np.testing.assert_array_equal(np.concatenate(out), np.concatenate([np.zeros(size, np.float32), x])[:1500])
