"""Loudspeakers, and which of them the channels of a sound belong to.

A mask has a bit for each speaker. Channels are always in the order of the bits,
as in WAV files: front left and right, centre, LFE, back left and right...

Reference: Microsoft, "WAVEFORMATEXTENSIBLE", dwChannelMask, and ksmedia.h.
"""

from collections.abc import Iterable

NAMES = (
    "FL", "FR", "FC", "LFE", "BL", "BR", "FLC", "FRC", "BC", "SL", "SR",
    "TC", "TFL", "TFC", "TFR", "TBL", "TBC", "TBR",
)  # fmt: skip
BITS = {name: 1 << place for place, name in enumerate(NAMES)}
USUAL = {  # by the number of channels: as FLAC, Vorbis and Opus have them, so that one becomes the other
    1: "FC", 2: "FL FR", 3: "FL FR FC", 4: "FL FR BL BR", 5: "FL FR FC BL BR", 6: "FL FR FC LFE BL BR",
    7: "FL FR FC LFE BC SL SR", 8: "FL FR FC LFE BL BR SL SR",
}  # fmt: skip


def mask(names: Iterable[str]) -> int:
    """The mask of these speakers."""
    return sum(BITS[name] for name in names)


def usual(channels: int) -> int:
    """The mask of so many channels where nothing else is said: 0x3F for 5.1, 0x63F for 7.1; 0 above 8."""
    return mask(USUAL.get(channels, "").split())


def place(mask: int) -> tuple[int, list[int]] | None:
    """The usual layout in which these speakers have a place: its channels, and which of them they are.

    A lone pair of surrounds may be called side or back. None: there is no such layout.
    """
    names = speakers(mask)
    if not {"BL", "BR"} & set(names):
        names = [{"SL": "BL", "SR": "BR"}.get(name, name) for name in names]
    for swapped in (names, [{"BL": "SL", "BR": "SR"}.get(name, name) for name in names]):
        for count, layout in USUAL.items():
            if count >= len(names) == len(set(swapped)) and set(swapped) <= set(layout.split()):
                return count, [layout.split().index(name) for name in swapped]
    return None


def speakers(mask: int) -> list[str]:
    """The names of the speakers of a mask, in the order of their channels."""
    return [name for name, bit in BITS.items() if mask & bit]
