"""Memory for sound is cut from slabs, which are used again when nobody holds any of it."""

import numpy as np
import pytest

from audiograph.streams import buffers


@pytest.fixture(autouse=True)
def fresh():
    buffers.start_fresh()
    yield
    buffers.start_fresh()


def addresses(arrays):
    return sorted(x.ctypes.data for x in arrays)


def test_arrays_share_no_octet():
    arrays = [buffers.allocate((2, 50_000)) for _ in range(60)]
    for number, x in enumerate(arrays):
        x[:] = number
    assert [float(x.min()) for x in arrays] == [float(x.max()) for x in arrays] == list(range(60))
    at = addresses(arrays)
    assert min(np.diff(at)) >= arrays[0].nbytes


def test_a_slab_is_used_again_when_all_of_its_arrays_are_gone():
    arrays = [buffers.allocate((2, 500_000)) for _ in range(6)]
    first = addresses(arrays)[0]
    kept = arrays[0][1, :5]  # a view of a view of it
    kept[:] = 7
    del arrays
    again = [buffers.allocate((2, 500_000)) for _ in range(6)]
    for x in again:
        x[:] = 1
    assert kept.tolist() == [7] * 5
    del again, kept
    assert first in addresses([buffers.allocate((2, 500_000)) for _ in range(12)])


def test_no_more_than_a_few_slabs_are_kept():
    del [buffers.allocate((2, 500_000)) for _ in range(40)][:]
    assert len(buffers._spare) <= buffers.SPARE


@pytest.mark.parametrize("frames", [1, 1000, 20_000, buffers.SLAB])
def test_an_array_has_the_shape_and_kind_that_was_asked_for(frames):
    x = buffers.allocate((2, frames), np.int16)
    assert (x.shape, x.dtype, x.flags.c_contiguous, x.flags.writeable) == ((2, frames), np.int16, True, True)


def test_a_large_array_begins_in_the_middle_of_a_page():
    assert {buffers.allocate((2, 20_000)).ctypes.data % buffers.PAGE for _ in range(9)} == {buffers.PAGE // 2}
