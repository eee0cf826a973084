"""Many tracks, each equalized, compressed and panned, into one bus, in every tool."""

from collections.abc import Iterator
from math import cos, pi, sin
from pathlib import Path

from benchmarks.ours import SCRIPT, peers
from benchmarks.peers import PIP, Peer, script
from benchmarks.sounds import Tracks

BANDS = ((200, -3, 1), (2000, 2, 0.8), (6000, 2, 1))  # Hz, dB, q
LEVEL = -15  # dB of each track in the bus


def places(count: int) -> Iterator[tuple[float, float, float]]:
    """The position of each track, -1 to 1, and its gains left and right: equal power, times the level."""
    for number in range(count):
        position = round(2 * number / max(1, count - 1) - 1, 3) if count > 1 else 0.0
        angle, gain = pi / 4 * (position + 1), 10 ** (LEVEL / 20)
        yield position, gain * cos(angle), gain * sin(angle)


def graph(tracks: Tracks) -> str:
    """The mix in YAML."""
    bands = ", ".join(f"{{freq: {freq} Hz, gain: {gain} dB, q: {q}}}" for freq, gain, q in BANDS)
    lines = ["rate: 44.1 kHz", "nodes:"]
    for number, (file, (position, _, _)) in enumerate(
        zip(tracks.files, places(len(tracks.files)), strict=True)
    ):
        lines += [
            f"  t{number}:",
            f"    in: {{use: source, file: {file}}}",
            "    chain:",
            f"      - {{use: eq, bands: [{bands}]}}",
            "      - {use: compressor, threshold: -24 dB, ratio: 3, attack: 10 ms, release: 200 ms, "
            "knee: 0 dB, detector: peak}",
            f"      - {{use: pan, position: {position}}}",
        ]
    levels = ", ".join(f"t{number}: {LEVEL} dB" for number in range(len(tracks.files)))
    return "\n".join([*lines, f"  bus: {{use: sum, in: {{{levels}}}}}", "output: bus", ""])


def _audiograph(tracks: Tracks, out: Path) -> list[str]:
    file = out.with_suffix(".yaml")
    file.write_text(graph(tracks))
    return [*SCRIPT, "render", str(file), "-q", "-o", str(out)]


def _ffmpeg(tracks: Tracks, out: Path) -> list[str]:
    bands = ",".join(f"equalizer=f={freq}:t=q:w={q}:g={gain}" for freq, gain, q in BANDS)
    compressor = "acompressor=threshold=-24dB:ratio=3:attack=40:release=800:knee=1:detection=peak"
    chains = [
        f"[{number}:a]{bands},{compressor},pan=stereo|c0={left:.6f}*c0|c1={right:.6f}*c0[t{number}]"
        for number, (_, left, right) in enumerate(places(len(tracks.files)))
    ]
    names = "".join(f"[t{number}]" for number in range(len(tracks.files)))
    bus = f"{names}amix=inputs={len(tracks.files)}:normalize=0"
    inputs = [word for file in tracks.files for word in ("-i", str(file))]
    quiet = ["ffmpeg", "-loglevel", "error", "-nostdin", "-y"]
    return [*quiet, *inputs, "-filter_complex", ";".join([*chains, bus]), "-c:a", "pcm_s16le", str(out)]


def _sox(tracks: Tracks, out: Path) -> list[str]:
    """One command per track, all piped into one, on several cores."""
    bands = " ".join(f"equalizer {freq} {q}q {gain}" for freq, gain, q in BANDS)
    inputs = []
    for file, (_, left, right) in zip(tracks.files, places(len(tracks.files)), strict=True):
        chain = f"{bands} compand 0.01,0.2 -70,-70,-24,-24,0,-16 0 -90 remix 1v{left:.6f} 1v{right:.6f}"
        inputs += ["-v", "1", f"|sox {file} -p {chain}"]
    return ["sox", *(["-m"] if len(tracks.files) > 1 else []), *inputs, "-b", "16", str(out)]


PEERS = (
    *peers(_audiograph, "benchmarks.audiograph_tracks"),
    Peer("sox", _sox, "apt-get install sox"),
    Peer("ffmpeg", _ffmpeg, "apt-get install ffmpeg"),
    Peer(
        "pedalboard",
        lambda tracks, out: script("benchmarks.pedalboard_tracks")(tracks.files, out),
        PIP,
        "benchmarks.pedalboard_tracks",
    ),
    Peer("pydub", install=PIP, lacks="no equalizer"),
    Peer("scipy", install=PIP, lacks="no compressor"),
)
