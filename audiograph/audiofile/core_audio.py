"""Channel layouts of CAF and AIFF files: numbers that stand for a list of speakers.

Reference: Apple, "Core Audio Format Specification 1.0", Channel Layout Chunk; CoreAudioTypes.h
(AudioChannelLayoutTag, AudioChannelLabel), whose names are in the comments.
"""

import struct
from collections.abc import Sequence

from audiograph.dsp.speakers import NAMES, speakers

BY_DESCRIPTIONS, BY_BITS = 0, 1 << 16  # kAudioChannelLayoutTag_UseChannelDescriptions, _UseChannelBitmap
REAR = {33: "BL", 34: "BR"}  # kAudioChannelLabel_RearSurroundLeft, _RearSurroundRight
_LABELS = dict(enumerate(NAMES, 1)) | REAR
_LAYOUTS = {  # by tag >> 16; the low half of a tag is the number of channels
    108: "FL FR BL BR",  # Quadraphonic
    109: "FL FR BL BR FC",  # Pentagonal
    110: "FL FR BL BR FC BC",  # Hexagonal
    111: "FL FR BL BR FC BC SL SR",  # Octagonal
    113: "FL FR FC",  # MPEG_3_0_A
    114: "FC FL FR",  # MPEG_3_0_B
    115: "FL FR FC BC",  # MPEG_4_0_A
    116: "FC FL FR BC",  # MPEG_4_0_B
    117: "FL FR FC BL BR",  # MPEG_5_0_A
    118: "FL FR BL BR FC",  # MPEG_5_0_B
    119: "FL FC FR BL BR",  # MPEG_5_0_C
    120: "FC FL FR BL BR",  # MPEG_5_0_D
    121: "FL FR FC LFE BL BR",  # MPEG_5_1_A
    122: "FL FR BL BR FC LFE",  # MPEG_5_1_B
    123: "FL FC FR BL BR LFE",  # MPEG_5_1_C
    124: "FC FL FR BL BR LFE",  # MPEG_5_1_D
    125: "FL FR FC LFE SL SR BC",  # MPEG_6_1_A
    126: "FL FR FC LFE BL BR FLC FRC",  # MPEG_7_1_A
    127: "FC FLC FRC FL FR BL BR LFE",  # MPEG_7_1_B
    128: "FL FR FC LFE SL SR BL BR",  # MPEG_7_1_C
    129: "FL FR BL BR FC LFE FLC FRC",  # Emagic_Default_7_1
    131: "FL FR BC",  # ITU_2_1
    132: "FL FR BL BR",  # ITU_2_2
    133: "FL FR LFE",  # DVD_4
    134: "FL FR LFE BC",  # DVD_5
    135: "FL FR LFE BL BR",  # DVD_6
    136: "FL FR FC LFE",  # DVD_10
    137: "FL FR FC LFE BC",  # DVD_11
    138: "FL FR BL BR LFE",  # DVD_18
    139: "FL FR BL BR FC BC",  # AudioUnit_6_0
    140: "FL FR SL SR FC BL BR",  # AudioUnit_7_0
    141: "FC FL FR BL BR BC",  # AAC_6_0
    142: "FC FL FR BL BR BC LFE",  # AAC_6_1
    143: "FC FL FR SL SR BL BR",  # AAC_7_0
    144: "FC FL FR SL SR BL BR BC",  # AAC_Octagonal
    150: "FL FC FR",  # AC3_3_0
    151: "FL FC FR BC",  # AC3_3_1
    152: "FL FC FR LFE",  # AC3_3_0_1
    153: "FL FR BC LFE",  # AC3_2_1_1
    154: "FL FC FR BC LFE",  # AC3_3_1_1
    183: "FC FL FR SL SR BL BR LFE",  # AAC_7_1_B
    185: "FL FR BL BR",  # WAVE_4_0_B
    186: "FL FR FC BL BR",  # WAVE_5_0_B
    187: "FL FR FC LFE BL BR",  # WAVE_5_1_B
    188: "FL FR FC LFE BC SL SR",  # WAVE_6_1
    189: "FL FR FC LFE BL BR SL SR",  # WAVE_7_1
}


def layout(chunk: bytes) -> list[str]:
    """The speakers of the channels of a file, in its order, by the body of its channel layout chunk.

    Empty where the chunk does not say it, or names what is no speaker.
    """
    if len(chunk) < 12:
        return []
    tag, bits, count = struct.unpack_from(">III", chunk)
    if tag == BY_BITS:
        return speakers(bits)  # their bits are those of WAV files
    if tag == BY_DESCRIPTIONS:
        labels = [
            label for (label,) in struct.iter_unpack(">I16x", chunk[12 : 12 + 20 * count][: _whole(chunk)])
        ]
        return _named(labels)
    return _LAYOUTS.get(tag >> 16, "").split()


def _whole(chunk: bytes) -> int:
    """The length of the complete descriptions in a chunk, of 20 bytes each."""
    return (len(chunk) - 12) // 20 * 20


def _named(labels: Sequence[int]) -> list[str]:
    """The speakers of these labels. Where there are rear surrounds too, Ls and Rs are at the sides."""
    names = [_LABELS.get(label, "") for label in labels]
    if REAR.keys() & set(labels):
        sides = {5: "SL", 6: "SR"}
        names = [sides.get(label, name) for label, name in zip(labels, names, strict=True)]
    return names if all(names) else []
