"""Very many sounds side by side: their buffers fit in their room, and the bits stay the same."""

import weakref

import numpy as np
import pytest
from conftest import heard, noise, planned

import audiograph
from audiograph.engine import wiring
from audiograph.engine.run import Run
from audiograph.sound import CHUNK, Stream
from audiograph.streams.buffers import allocate

SIDE_BY_SIDE = """
  {n}: {{use: tone, freq: {freq} Hz, length: {length}, level: -40 dB}}
  {n}b: {{chain: [{{use: place, in: {n}, at: {at} ms}}, {{use: {effect}}}]}}"""


@pytest.mark.parametrize("effect", ["gain, level: 1 dB", "filter, freq: 3 kHz", "limiter"])
@pytest.mark.parametrize("jobs", [1, 2])
def test_many_sounds_side_by_side_fit_in_their_room_with_the_same_bits(monkeypatch, effect, jobs):
    lines = [
        SIDE_BY_SIDE.format(n=f"t{n}", freq=200 + 10 * n, length="150 ms", at=7 * n, effect=effect)
        for n in range(40)
    ]
    names = ", ".join(f"t{n}b" for n in range(40))
    mix = f"nodes:{''.join(lines)}\n  mix: {{use: sum, in: [{names}]}}\noutput: mix\n"
    made = audiograph.load(mix)
    expected, _ = audiograph.render(made, jobs=jobs)
    sizes = []
    monkeypatch.setattr(wiring, "ROOM", 2**20)
    monkeypatch.setattr(wiring, "allocate", lambda shape: sizes.append(4 * shape[0]) or allocate(shape))
    sound, _ = audiograph.render(made, jobs=jobs)
    assert np.array_equal(sound, expected)
    assert len(sizes) > 40 and max(sizes) <= 2**20


def test_a_region_too_wide_for_its_room_has_the_shortest_blocks(monkeypatch):
    monkeypatch.setattr(wiring, "ROOM", 1)
    x = noise(2, 30_000)
    made = planned(
        "nodes: {a: {use: clip, name: a}, g: {use: gain, in: a}}\noutput: g", {"a": x}, block=65_536
    )
    region = Run(made).open([("g", "out")])
    assert wiring.SHORTEST <= region.block < 2 * wiring.SHORTEST
    assert np.array_equal(heard(made), x)


def test_a_reader_keeps_no_chunk_that_was_read():
    chunks = []

    def made(first):
        for _ in range(2):
            fresh = [np.ones((1, CHUNK), np.float32)]
            chunks.append(weakref.ref(fresh[0]))
            yield fresh.pop()

    reader = Stream(44_100, 1, 2 * CHUNK, chunks=made).open()
    reader.take(CHUNK)
    assert chunks[0]() is None, "read to its end"
    reader.take(CHUNK)
    assert chunks[1]() is None
