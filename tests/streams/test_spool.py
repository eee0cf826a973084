"""A spool keeps a sound as it was, wherever it is begun, in memory or on disk."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiograph.errors import NodeError, RenderError
from audiograph.sound import Stream, cut, merged
from audiograph.streams import spool
from audiograph.streams.spool import Spool, once, record


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

    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(spool.tempfile.SpooledTemporaryFile, "write", full)
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
