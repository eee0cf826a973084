"""MP3 files that are not one whole sound with a Xing header: joined, cut, damaged, or without that header.

Their frames are found as every common player finds them: at the next place where
several follow one another. libsndfile sees only these, behind a header that
counts them, so that libmpg123 has nothing to guess and nothing to complain about.
"""

from bisect import bisect_right
from typing import NamedTuple

from audiograph.audiofile import mpeg
from audiograph.audiofile.decoder import Patch, Piece
from audiograph.audiofile.mpeg import DECODER_DELAY, SURE, Chain, Xing
from audiograph.audiofile.parts import Contents, Data, Part, after_tags, behind, counted, id3_size, skip_zeros
from audiograph.audiofile.side_info import unsound

PLENTY = 64  # times; the first frame may be at 320 kbit/s and all others at 8
NEAR = 1 << 18  # bytes; a file with frames only behind so many is no MP3 file
MOST_LOST = 2000  # frames, for which silence stands in
_HEAD = 4096  # bytes, more than a frame has


class _Run(NamedTuple):
    """Frames `first` to `last` of a chain, and the header before them."""

    chain: Chain
    first: int
    last: int
    xing: Xing | None

    @property
    def frames(self) -> int:
        return self.last - self.first


def is_ordinary(data: Data, thoroughly: bool) -> bool:
    """Whether the file is what its Xing header says: whole, with nothing but tags before and behind it.

    `thoroughly`, all frames are looked at, at 0.5 us a frame.
    """
    at, size = after_tags(data, 0, len(data)), len(data)
    kind = mpeg.kind(data, at)
    header = mpeg.xing(data, at, kind) if kind else None
    if not kind or not header or not header.frames or not 0 < at + header.size <= size:
        return False
    if data[:3] == b"ID3" and not id3_size(data):
        return False
    end = at + header.size
    first = mpeg.chain(data, at, end, end if thoroughly else 2)
    if not first or len(first.starts) < 2 or mpeg.needed(data, first.starts[1], kind):
        return False
    if thoroughly and (first.end != end or len(first.starts) != header.frames + 1 or unsound(data, first)):
        return False
    return end == size or after_tags(data, end, size) == size


def begins(data: Data) -> bool:
    """Whether frames begin near the start of a file that is not known by its first bytes."""
    size = min(len(data), NEAR)
    at = after_tags(data, 0, size)
    return at < size and mpeg.resync(data, at, size) < size


def contents(data: Data) -> Contents | None:
    """The sounds of an MP3 file; None if only libmpg123 can tell, as it has frames of no fixed bitrate."""
    chains, junk = _chains(data)
    groups = _groups(data, chains)
    if not groups:
        return None if mpeg.is_free(data, after_tags(data, 0, len(data))) else Contents(())
    tag = id3_size(data)
    wrong = {id(chain): set(unsound(data, chain)) for chain in chains}
    found = [_part(data, runs, tag if runs is groups[0] else 0, wrong) for runs in groups]
    parts, silent = zip(*found, strict=True)
    remarks = _remarks(data, chains, junk)
    if count := sum(len(frames) for frames in wrong.values()):
        remarks.append(f"is damaged: silence stands in for {counted(count, 'frame')}")
    if silent[0]:
        kind = groups[0][0].chain.kind
        seconds = silent[0] * kind.samples / kind.rate
        remarks.insert(0, f"begins in the middle of a sound: {seconds:.2f} s of it cannot be decoded")
    return Contents(tuple(part for part in parts if part.frames), tuple(remarks))


def _chains(data: Data) -> tuple[list[Chain], list[range]]:
    """The chains of frames, and what is between, before and behind them that is neither frames nor tags."""
    chains: list[Chain] = []
    junk: list[range] = []
    at, end = 0, len(data)
    while (at := after_tags(data, at, end)) < end:
        found = mpeg.chain(data, at, end)
        if found and _is_sure(data, found, end):
            chains.append(found)
            at = found.end
            continue
        if data[at] == 0:
            broken, at = at, skip_zeros(data, at, end)
            junk.append(range(broken, at))
            continue
        broken = at
        if chains and at == chains[-1].end:  # the next frame may begin inside what seemed to be the last
            at = chains[-1].starts[-1] + 3
        at = mpeg.resync(data, at + 1, end)
        if chains and at < chains[-1].end:
            broken = chains[-1].starts[-1]
            chains[-1] = chains[-1].shortened()
        junk.append(range(broken, at))
    return [chain for chain in chains if chain.starts], junk


def _is_sure(data: Data, found: Chain, end: int) -> bool:
    """Whether these are frames and no coincidence: some in a row, or neatly enclosed."""
    behind_it = after_tags(data, found.end, end)
    return (
        len(found.starts) >= SURE
        or behind_it == end
        or behind_it > found.end
        or mpeg.is_cut(data, found.end, found.kind, end)
        or mpeg.xing(data, found.starts[0], found.kind) is not None
    )


def _groups(data: Data, chains: list[Chain]) -> list[list[_Run]]:
    """The runs of frames of each sound: another begins with a header, or where the kind of frames changes."""
    groups: list[list[_Run]] = []
    for chain in chains:
        for run in _runs(data, chain):
            if not run.frames:
                continue
            before = groups[-1] if groups else None
            if before is None or run.xing or before[0].chain.kind != chain.kind or _is_complete(before):
                groups.append([run])
            else:
                before.append(run)
    return groups


def _is_complete(runs: list[_Run]) -> bool:
    """Whether these are all the frames that their header promises."""
    header = runs[0].xing
    return header is not None and 0 < header.frames == sum(run.frames for run in runs)


def _runs(data: Data, chain: Chain) -> list[_Run]:
    """The frames of a chain, divided at headers and behind the last frame that a header counts."""
    marks = _headers(data, chain)
    runs = [_Run(chain, 0, marks[0][0] if marks else len(chain.starts), None)]
    stops = [*(at for at, _ in marks[1:]), len(chain.starts)]
    for (at, header), last in zip(marks, stops, strict=False):
        first = at + 1
        own = first + header.frames
        if header.frames and own < last and not mpeg.needed(data, chain.starts[own], chain.kind):
            runs += [_Run(chain, first, own, header), _Run(chain, own, last, None)]
        else:
            runs.append(_Run(chain, first, last, header))
    return runs


def _headers(data: Data, chain: Chain) -> list[tuple[int, Xing]]:
    """Which frames of a chain hold a header and no sound, and what it says."""
    found: dict[int, Xing] = {}
    for name in (b"Xing", b"Info", b"VBRI") if chain.kind.layer == 3 else ():
        at = chain.starts[0]
        while (at := data.find(name, at, chain.end)) >= 0:
            nth = bisect_right(chain.starts, at) - 1
            if header := mpeg.xing(data, chain.starts[nth], chain.kind):
                found[nth] = header
            at += 4
    return sorted(found.items())


def _part(data: Data, runs: list[_Run], tag: int, wrong: dict[int, set[int]]) -> tuple[Part, int]:
    """A sound, and the number of frames at its start that are silent, as what they need is not there."""
    kind, header = runs[0].chain.kind, runs[0].xing
    count, muted = sum(run.frames for run in runs), 0
    pieces: list[Piece] = []
    missing = _missing(runs)
    for before, run in zip([None, *runs[:-1]], runs, strict=True):
        follows = before is not None and before.chain is run.chain and before.last == run.first
        if before and not follows and kind.layer == 3 and _is_broken(data, before, run):
            start, stop = before.chain.starts[before.last - 1], before.chain.stop(before.last - 1)
            pieces[-1] = _shortened(pieces[-1], stop - start)
            pieces.append(mpeg.muted(bytes(data[start:stop]), kind))
        if missing and before and not follows:
            pieces += [mpeg.silent_frame(kind)] * missing
            count, missing = count + missing, 0
        reservoir = mpeg.RESERVOIR if follows or kind.layer < 3 else 0
        silent, added = _mended(data, run, reservoir, wrong.get(id(run.chain), set()))
        pieces += added
        muted += silent if run is runs[0] else 0
    channels, rate = kind.channels, kind.rate
    if kind.layer < 3:
        return Part(rate, channels, count * kind.samples, Patch(PLENTY, pieces=tuple(pieces))), 0
    promised = header.frames if header and header.frames > count else 0
    delay, padding = (header.delay, header.padding) if header else (0, 0)
    trims = _trims(delay, padding)
    if promised:
        padding = 0  # its end is not there
    frames = max(0, count * kind.samples - _trims(delay, padding))
    if not delay:  # a decoder leaves out at least its own delay, so it gets something to leave out
        delay, padding = kind.samples - DECODER_DELAY, padding or DECODER_DELAY
        pieces.insert(0, mpeg.silent_frame(kind))
        count += 1
    info = mpeg.info_frame(kind, count, sum(len(piece) for piece in pieces), delay, padding)
    patch = Patch(pieces=(range(tag), info, *pieces))
    return Part(rate, channels, frames, patch, max(0, promised * kind.samples - trims)), muted


def _is_broken(data: Data, before: _Run, after: _Run) -> bool:
    """Whether there is more than tags between two runs, so that the damage may begin inside a frame."""
    start = after.chain.starts[after.first]
    return after_tags(data, before.chain.end, start) < start


def _shortened(piece: Piece, size: int) -> Piece:
    """A piece without its last `size` bytes."""
    return range(piece.start, piece.stop - size) if isinstance(piece, range) else piece[:-size]


def _missing(runs: list[_Run]) -> int:
    """Frames that its header promises and that were lost in the middle of a sound, not at its end."""
    header, first, last = runs[0].xing, runs[0], runs[-1]
    if not header or last.chain is first.chain:
        return 0
    end = first.chain.starts[first.first - 1] + header.size
    missing = header.frames - sum(run.frames for run in runs)
    return missing if 0 < missing <= MOST_LOST and last.chain.stop(last.last - 1) > end - _HEAD else 0


def _trims(delay: int, padding: int) -> int:
    """Samples that a decoder leaves out, for which the encoder had none."""
    return (delay + DECODER_DELAY if delay else 0) + max(0, padding - DECODER_DELAY)


def _mended(data: Data, run: _Run, reservoir: int, wrong: set[int]) -> tuple[int, list[Piece]]:
    """The frames of a run, and how many at its start are silent.

    Silent are those that are wrong, and those that need more bytes of earlier
    frames than are there.
    """
    chain, kind, silent = run.chain, run.chain.kind, 0
    pieces: list[Piece] = []
    clean = run.first
    for nth in range(run.first, run.last):
        if reservoir >= mpeg.RESERVOIR and not wrong:
            break
        start, stop = chain.starts[nth], chain.stop(nth)
        lacks = reservoir < mpeg.RESERVOIR and mpeg.needed(data, start, kind) > reservoir
        if lacks or nth in wrong:
            pieces.append(range(chain.starts[clean], start))
            pieces.append(mpeg.muted(bytes(data[start:stop]), kind))
            clean, silent = nth + 1, silent + lacks
        reservoir += mpeg.main_size(data, start, stop, kind)
    if clean < run.last:
        pieces.append(range(chain.starts[clean], chain.stop(run.last - 1)))
    return silent, pieces


def _remarks(data: Data, chains: list[Chain], junk: list[range]) -> list[str]:
    """What is to be said of bytes that are no sound."""
    end, remarks = len(data), []
    first, last = chains[0].starts[0], chains[-1].end
    before = sum(len(gap) for gap in junk if gap.stop <= first)
    between = [gap for gap in junk if first < gap.start and gap.stop < end]
    if before:
        remarks.append(f"begins with {counted(before, 'byte')} that are no sound")
    if between:
        at = sum(len(chain.starts) for chain in chains if chain.end <= between[0].start)
        where = at * chains[0].kind.samples / chains[0].kind.rate
        lost = counted(sum(len(gap) for gap in between), "byte")
        remarks.append(f"is damaged at {where:.1f} s: {lost} are no sound, and left out")
    if behind_it := [gap for gap in junk if gap.start >= last or gap.stop == end]:
        gap = behind_it[-1]
        if mpeg.is_cut(data, gap.start, chains[-1].kind, end):
            remarks.append("is cut short: it ends inside a frame")
        else:
            remarks.append(behind(len(gap)))
    return remarks
