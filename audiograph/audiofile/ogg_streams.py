"""Ogg files with Vorbis or Opus that are not one whole stream: chained, cut, cut out, damaged.

The frames of every packet are counted, so that all of them are heard, whatever the
granule positions say; only the end of the last packet is taken from them.

Reference: RFC 3533 (Ogg); Vorbis I specification, appendix A; RFC 7845 (Opus in Ogg), section 4.
"""

from itertools import pairwise, zip_longest
from typing import NamedTuple

from audiograph.audiofile import ogg
from audiograph.audiofile.decoder import Patch, Piece
from audiograph.audiofile.ogg import BEGINS, CONTINUED, ENDS, Page
from audiograph.audiofile.parts import Contents, Data, Part, after_tags, behind, counted
from audiograph.audiofile.xiph import OPUS_RATE, Codec, Opus, Vorbis

THOROUGH = 1 << 19  # bytes of a file whose pages are all looked at
SAMPLED = (0.09, 0.23, 0.37, 0.48, 0.61, 0.74, 0.87)  # where pages of a longer file are looked at
START_TRIM = 2048  # frames; what an encoder trims from the start is less than a long block
_FIRST = 16  # pages, among which are those with headers and the first with sound


class _Stream(NamedTuple):
    """A logical stream: its codec, the pages with headers, and those with sound."""

    codec: Codec
    heads: list[Page]
    pages: list[Page]

    @property
    def ends_late(self) -> bool:
        """Whether the last granule position is not lower than one before it."""
        return self.pages[-1].granule >= max(page.granule for page in self.pages)

    @property
    def is_whole(self) -> bool:
        """Whether no page is missing, and the last one is there."""
        numbers = [page.number for page in self.pages]
        return (
            bool(numbers)
            and bool(self.pages[-1].flags & ENDS)
            and numbers[-1] - numbers[0] == len(numbers) - 1
        )


def contents(data: Data) -> Contents | None:
    """The sounds of an Ogg file; None for one whole stream that libsndfile reads as it is."""
    if _is_ordinary(data):
        return None
    pages, gaps = ogg.pages(data)
    found = [(pages_of, _stream(data, pages_of)) for pages_of in _logical(pages)]
    streams = _one_after_another(found)
    if not streams:
        return None
    cut = ogg.page(data, gaps[-1].start) if gaps and gaps[-1].stop == len(data) else None
    if cut and (cut.serial != streams[-1].heads[0].serial or cut.flags & BEGINS or cut.end <= len(data)):
        cut = None  # of another stream, or damaged
    parts = [_part(data, stream, cut if stream is streams[-1] else None) for stream in streams]
    remarks = _remarks(data, streams, gaps, cut)
    if others := len(found) - len(streams):
        remarks.append(f"has {counted(others, 'stream')} that {'is' if others == 1 else 'are'} not read")
    plain = len(parts) == 1 and not remarks and parts[0].patch is None
    return None if plain else Contents(tuple(parts), tuple(remarks))


def _is_ordinary(data: Data) -> bool:
    """Whether this is one whole stream, as far as can be told without a look at every page."""
    if len(data) <= THOROUGH:
        return False
    first, gaps = ogg.pages(data, _FIRST)
    stream, last = _stream(data, first), ogg.last_page(data)
    if (
        gaps
        or len({page.serial for page in first}) > 1
        or not stream
        or not stream.pages
        or not last
        or not last.flags & ENDS
    ):
        return False
    if last.serial != first[0].serial or not _starts_at_zero(data, stream) or _told_rate(stream):
        return False
    at = stream.pages[0]
    for place in SAMPLED:
        page = ogg.near(data, int(place * len(data)))
        if not page or page.serial != last.serial or not at.number <= page.number <= last.number:
            return False
        at = page
    return at.number <= last.number and at.granule <= last.granule


def _told_rate(stream: _Stream) -> bool:
    """Whether a header tells a rate at which libsndfile would decode in place of 48 kHz."""
    return isinstance(stream.codec, Opus) and stream.codec.input_rate != OPUS_RATE


def _logical(pages: list[Page]) -> list[list[Page]]:
    """The pages of each stream that begins in the file."""
    streams: list[list[Page]] = []
    of_serial: dict[int, list[Page]] = {}
    for page in pages:
        if page.flags & BEGINS:
            of_serial[page.serial] = []
            streams.append(of_serial[page.serial])
        if page.serial in of_serial:
            of_serial[page.serial].append(page)
    return streams


def _one_after_another(found: list[tuple[list[Page], _Stream | None]]) -> list[_Stream]:
    """The streams with sound that are chained; not those that begin before another one ends."""
    streams, end = [], -1
    for pages, stream in found:
        if stream and pages[0].start > end:
            streams.append(stream)
            end = pages[-1].start
    return streams


def _stream(data: Data, pages: list[Page]) -> _Stream | None:
    """What the pages are; None if it is neither Vorbis nor Opus."""
    if not pages:
        return None
    head = bytes(data[pages[0].body : pages[0].end])
    is_opus = head.startswith(b"OpusHead") and len(head) >= 19
    if not is_opus and not (head.startswith(b"\x01vorbis") and len(head) >= 30):
        return None
    packets, current = [], b""
    wanted = Opus.headers if is_opus else Vorbis.headers
    for nth, page in enumerate(pages):
        for start, stop, is_finished in page.packets():
            current += data[start:stop]
            if is_finished:
                packets.append(current)
                current = b""
        if len(packets) >= wanted:
            codec = Opus(head) if is_opus else Vorbis(head, packets[2])
            return _Stream(codec, pages[: nth + 1], [p for p in pages[nth + 1 :] if p.lacing])
    return None


def _ends(data: Data, stream: _Stream, pages: list[Page]) -> list[int]:
    """The frames up to the end of each page."""
    ends, total, waiting, number = [], 0, -1, -1
    codec = _fresh(data, stream)
    for page in pages:
        if page.number != number + 1 or not page.flags & CONTINUED:
            waiting = -1  # the rest of a packet is lost
        skipped = page.flags & CONTINUED and waiting < 0
        for start, stop, is_finished in page.packets():
            if skipped:
                skipped = False
                continue
            frames = waiting if waiting >= 0 else codec.frames(data[start : min(stop, start + 2)])
            waiting = -1 if is_finished else frames
            total += frames if is_finished else 0
        number = page.number
        ends.append(total)
    return ends


def _fresh(data: Data, stream: _Stream) -> Codec:
    """The codec of a stream before its first packet."""
    fresh = _stream(data, stream.heads)
    assert fresh is not None
    return fresh.codec


def _starts_at_zero(data: Data, stream: _Stream) -> bool:
    """Whether the granule positions begin at the first frame, or where the encoder cut the beginning off."""
    first = next((nth for nth, page in enumerate(stream.pages) if page.granule > 0), None)
    if first is None:
        return False
    total = _ends(data, stream, stream.pages[: first + 1])[-1]
    page = stream.pages[first]
    if 0 < total - page.granule < START_TRIM and isinstance(stream.codec, Vorbis):
        return True  # the decoder drops the first frames, as the specification says
    return page.granule == total or (bool(page.flags & ENDS) and page.granule < total)


def _part(data: Data, stream: _Stream, cut: Page | None) -> Part:
    """A stream as a part: as it is if it is whole, else with its pages written anew."""
    codec, first = stream.codec, stream.heads[0]
    head: Piece = range(first.start, first.end)
    if _told_rate(stream):
        text = bytes(data[first.start : first.end])
        place = first.body - first.start + 12
        head = ogg.summed(text[:place] + OPUS_RATE.to_bytes(4, "little") + text[place + 4 :])
    if stream.is_whole and stream.ends_late and _starts_at_zero(data, stream) and not cut:
        frames = stream.pages[-1].granule - codec.skip
        pieces = _joined(
            [head, *(range(page.start, page.end) for page in (*stream.heads[1:], *stream.pages))]
        )
    else:
        frames, pages = _renumbered(data, stream, cut)
        pieces = _joined([head, *(range(page.start, page.end) for page in stream.heads[1:]), *pages])
    patch = None if pieces == (range(len(data)),) else Patch(pieces=pieces)
    return Part(codec.rate, codec.channels, max(0, frames), patch)


def _renumbered(data: Data, stream: _Stream, cut: Page | None) -> tuple[int, list[Piece]]:
    """The frames of a stream, and its pages with granule positions that begin at 0 and an end."""
    pages = _without_torn(stream.pages)
    whole = sum(1 for start, stop, done in cut.packets() if done and stop <= len(data)) if cut else 0
    if cut and whole:
        pages = [*pages, cut]
    if not pages:
        return 0, []
    ends = _ends(data, stream, pages)
    total = ends[-1]
    if cut and whole:
        total = _ends_of_cut(data, stream, pages, whole)
    elif pages[-1].flags & ENDS and (told := [n for n, page in enumerate(pages[:-1]) if page.granule >= 0]):
        by_positions = pages[-1].granule - pages[told[-1]].granule
        since = total - ends[told[-1]]
        total = total - since + by_positions if 0 < by_positions < since else total
    pieces: list[Piece] = []
    for nth, page in enumerate(pages):
        is_last = nth + 1 == len(pages)
        ended = any(size < 255 for size in page.lacing)
        granule = (total if is_last else ends[nth]) if ended else ogg.NO_PACKET_ENDS
        flags = page.flags & CONTINUED | (ENDS if is_last else 0)
        number = len(stream.heads) + nth
        pieces.append(ogg.rewritten(data, page, number, granule, flags, whole if page is cut else 255))
    return total - stream.codec.skip, pieces


def _without_torn(pages: list[Page]) -> list[Page]:
    """The pages, without the beginnings of packets whose ends are not on the next page."""
    whole = []
    for page, after in zip_longest(pages, pages[1:]):
        lacing = page.lacing
        if after and not (after.number == page.number + 1 and after.flags & CONTINUED):
            lacing = lacing[: max((nth + 1 for nth, size in enumerate(lacing) if size < 255), default=0)]
        whole.append(page._replace(lacing=lacing))
    return whole


def _ends_of_cut(data: Data, stream: _Stream, pages: list[Page], whole: int) -> int:
    """The frames up to the end of the last whole packet of the last page."""
    cut = pages[-1]
    stops = [nth + 1 for nth, size in enumerate(cut.lacing) if size < 255]
    shorter = cut._replace(lacing=cut.lacing[: stops[whole - 1]])
    return _ends(data, stream, [*pages[:-1], shorter])[-1]


def _joined(pieces: list[Piece]) -> tuple[Piece, ...]:
    """The same bytes in fewer pieces."""
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else b""
        if isinstance(piece, range) and isinstance(last, range) and last.stop == piece.start:
            joined[-1] = range(last.start, piece.stop)
        else:
            joined.append(piece)
    return tuple(joined)


def _missing(stream: _Stream) -> int:
    """The pages that are missing between others; not those before a recording that was begun late."""
    numbers = [page.number for page in (stream.heads[-1], *stream.pages)]
    late = len(numbers) > 1 and numbers[1] - numbers[0] > _FIRST
    return sum(b - a - 1 for a, b in pairwise(numbers[late:]) if b > a + 1)


def _remarks(data: Data, streams: list[_Stream], gaps: list[range], cut: Page | None) -> list[str]:
    """What is to be said of bytes that are in no page, and of pages that are not there."""
    remarks = []
    size = len(data)
    between = [gap for gap in gaps if gap.stop < size]
    if between:
        lost = counted(sum(len(gap) for gap in between), "byte")
        remarks.append(f"is damaged: {lost} in it are no sound, and left out")
    missing = sum(_missing(stream) for stream in streams)
    if missing:
        remarks.append(f"is damaged: {counted(missing, 'page')} missing")
    tail = gaps[-1] if gaps and gaps[-1].stop == size else range(0)
    if cut and tail:
        remarks.append("is cut short: it ends inside a page")
    elif left := size - after_tags(data, tail.start, size) if tail else 0:
        remarks.append(behind(left))
    if not cut and not (streams[-1].pages and streams[-1].pages[-1].flags & ENDS):
        remarks.append("is cut short, or was never finished: it has no last page")
    return remarks
