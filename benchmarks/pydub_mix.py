"""The reference mix with pydub: `python -m benchmarks.pydub_mix VOICE MUSIC LENGTH OUT`.

pydub has no peak equalizer and no limiter, so it does two steps fewer.
"""

import sys
import warnings
from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pydub's own: escapes in its strings, audioop, ffmpeg
    from pydub import AudioSegment  # type: ignore[import-untyped]
    from pydub.effects import compress_dynamic_range, low_pass_filter  # type: ignore[import-untyped]

RATE = 44_100


def mix(voice: Path, music: Path, length: float, out: Path) -> None:
    """Make the mix."""
    spoken, played = AudioSegment.from_wav(voice), AudioSegment.from_wav(music)
    speech = compress_dynamic_range(
        spoken.set_frame_rate(RATE), threshold=-24, ratio=3, attack=10, release=200
    )
    times = int(-(-length // played.duration_seconds))
    bed = (played * times)[: round(length * 1000)] - 10
    bed = low_pass_filter(bed, 5000).fade_in(2000).fade_out(2000)
    bed.overlay(speech).export(out, format="wav")


if __name__ == "__main__":
    mix(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4]))
