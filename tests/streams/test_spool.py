"""A spool keeps a sound as it was, wherever it is begun, in memory or on disk."""

import gc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiograph.errors import NodeError, RenderError
from audiograph.sound import CHUNK, Stream, cut, merged
from audiograph.streams import spool
from audiograph.streams.spool import Spool, once, record


@pytest.fixture(autouse=True)
def nothing_is_left_of_other_tests():
    """Spools that are let go would give back room in the midst of a test."""
    gc.collect()


def sparse(x, spans, frames=None):
    """A stream of x that sounds in the spans alone."""

    def chunks(first):
        for start, stop in cut(spans, first, x.shape[1]):
            for at in range(start, stop, 5000):
                yield x[:, at : min(at + 5000, stop)]

    return Stream(44_100, x.shape[0], frames or x.shape[1], spans=tuple(spans), chunks=chunks)


def played(sound, made: Spool, first=0):
    copy = Stream(
        sound.rate, sound.channels, sound.frames, sound.start, spans=sound.spans, chunks=made.chunks
    )
    return copy.open(first).take(sound.end - first)


class Ears:
    def __init__(self):
        self.parts = []

    def write(self, x):
        assert x.flags.c_contiguous
        self.parts.append(x.copy())

    def silence(self, frames):
        self.parts.append(np.zeros((2, frames), np.float32))


@settings(max_examples=30, deadline=None)
@given(
    edges=st.lists(st.integers(0, 60_000), min_size=2, max_size=8, unique=True),
    first=st.integers(0, 60_000),
    limit=st.sampled_from([1, 200_000, 10**9]),
)
def test_what_is_played_is_what_was_heard(edges, first, limit):
    before, spool.LIMIT = spool.LIMIT, limit
    try:
        pairs = sorted(edges)[: len(edges) // 2 * 2]
        spans = merged(zip(pairs[::2], pairs[1::2], strict=True), near=0)
        sound = sparse(np.random.default_rng(1).standard_normal((2, 60_000)).astype(np.float32), spans)
        made, ears = Spool(sound), Ears()
        made = record(sound, [ears])
        whole = sound.open().take(60_000)
        assert np.array_equal(played(sound, made, first), whole[:, first:])
        assert np.array_equal(np.concatenate(ears.parts, axis=1), whole)
    finally:
        spool.LIMIT = before


@pytest.fixture
def little_room(monkeypatch):
    """Room for three spools of SHORT in memory."""
    size = SHORT.channels * CHUNK * 4
    monkeypatch.setattr(spool, "ROOM", spool.room.taken + 3 * size)
    return size


SHORT = sparse(np.random.default_rng(2).standard_normal((2, 50_000)).astype(np.float32), [(0, 50_000)])


def test_all_spools_of_a_process_share_one_room_and_the_rest_are_on_disk(little_room):
    before, expected = spool.room.taken, SHORT.open().take(50_000)
    made = [record(SHORT) for _ in range(5)]
    assert spool.room.taken == before + 3 * little_room
    assert [each._file.on_disk for each in made] == [False, False, False, True, True]
    assert all(np.array_equal(played(SHORT, each), expected) for each in made)
    del made[:2]
    assert spool.room.taken == before + little_room
    assert not record(SHORT)._file.on_disk, "there is room again"
    del made
    assert spool.room.taken == before


def test_a_spool_that_grows_out_of_the_room_gives_back_what_it_had(little_room):
    before = spool.room.taken
    x = np.random.default_rng(3).standard_normal((2, 5 * CHUNK)).astype(np.float32)
    made = record(long := sparse(x, [(0, 5 * CHUNK)]))
    assert made._file.on_disk and spool.room.taken == before
    assert np.array_equal(played(long, made), x)


def test_spools_recorded_in_threads_never_take_more_than_the_room(little_room):
    before, most = spool.room.taken, []

    def work(_):
        for _ in range(10):
            kept = record(SHORT)
            most.append(spool.room.taken)
            del kept

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert max(most) <= before + 3 * little_room and spool.room.taken == before


def test_a_recording_that_fails_gives_back_its_room():
    before = spool.room.taken

    def broken(first):
        yield np.ones((2, 70_000), np.float32)
        raise RenderError("breaks off")

    with pytest.raises(RenderError):
        record(Stream(44_100, 2, 200_000, chunks=broken))
    gc.collect()
    assert spool.room.taken == before


def test_progress_ends_with_all_of_it():
    told = []
    record(sparse(np.ones((1, 50_000), np.float32), [(0, 50_000)]), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_what_never_ends_is_refused():
    endless = Stream(44_100, 1, None, chunks=lambda first: iter(()))
    with pytest.raises(NodeError, match="never ends"):
        record(endless)


def test_a_full_disk_is_told_in_words(monkeypatch):
    monkeypatch.setattr(spool, "LIMIT", 1)

    def full():
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(spool.tempfile, "TemporaryFile", full)
    with pytest.raises(RenderError, match="No space left on device"):
        record(sparse(np.ones((1, 50_000), np.float32), [(0, 50_000)]))


def test_what_is_made_once_is_made_again_only_where_it_failed():
    tries = []

    def make():
        tries.append(1)
        if len(tries) == 1:
            raise ValueError
        return len(tries)

    given = once(make)
    with pytest.raises(ValueError):
        given()
    assert (given(), given(), len(tries)) == (2, 2, 2)
