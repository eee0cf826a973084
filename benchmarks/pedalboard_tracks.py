"""Many tracks with pedalboard and numpy: `python -m benchmarks.pedalboard_tracks FILE... OUT`.

One second at a time, as in its manual.
"""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from pedalboard import Compressor, PeakFilter, Pedalboard  # type: ignore[attr-defined]
from pedalboard.io import AudioFile

from benchmarks.track_peers import BANDS, places

RATE = CHUNK = 44_100


def mix(files: Sequence[Path], _length: int, out: Path) -> None:
    """Make the mix."""
    sides = [np.array([[left], [right]], np.float32) for _, left, right in places(len(files))]
    boards = [_board() for _ in files]
    with ExitStack() as stack:
        readers = [stack.enter_context(AudioFile(str(file))) for file in files]
        written = stack.enter_context(AudioFile(str(out), "w", RATE, 2, bit_depth=16))
        for at in range(0, readers[0].frames, CHUNK):
            bus = np.zeros((2, min(CHUNK, readers[0].frames - at)), np.float32)
            for reader, board, side in zip(readers, boards, sides, strict=True):
                bus += side * board(reader.read(CHUNK), RATE, reset=False)
            written.write(bus)


def _board() -> Pedalboard:
    bands = [PeakFilter(freq, gain, q) for freq, gain, q in BANDS]
    return Pedalboard([*bands, Compressor(threshold_db=-24, ratio=3, attack_ms=63, release_ms=1257)])


if __name__ == "__main__":
    mix([Path(word) for word in sys.argv[1:-1]], 0, Path(sys.argv[-1]))
