"""Whether dynamics decide alike however loud a voice is: each voice of a folder at 0, -20 and -40 dB.

    python -m benchmarks.decisions FOLDER

Prints for each voice and node the longest time in ms for which the gain of the softer
voice is not that of the voice as it is (within 3 dB; half of it for `leveler`), and for
trim_silence how far an end moves. Ends with 1 if any is more than 20 ms.
"""

import sys
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

import audiograph
from audiograph import audiofile

LEVELS = (-20, -40)  # dB
MOST = 20  # ms
WINDOW = 0.005  # seconds
EFFECTS = {"gate": "use: gate, in: voice", "leveler": "use: leveler, in: voice"}
DUCKS = {
    "duck": "use: duck, in: tone, key: voice",
    "duck, 8 bands": "use: duck, in: tone, key: voice, bands: 8",
}
GRAPH = """
params: {{file: {{type: file}}, level: {{type: gain}}}}
nodes:
  voice: {{use: gain, in: {{use: source, file: $file, channels: mono}}, level: $level}}
  tone: {{use: tone, freq: 1 kHz, length: {length} s, level: -12 dB}}
  made: {{{node}}}
outputs: {{made: made, voice: voice, tone: tone}}
rate: {rate} Hz
"""


def played(node: str, path: Path, level: int) -> dict[str, NDArray[np.float32]]:
    """What a node makes of a voice, and what it was made of."""
    info = audiofile.probe(path)
    text = GRAPH.format(node=node, length=info.frames / info.rate + 2, rate=info.rate)
    made = audiograph.render(text, file=path, level=f"{level} dB")
    return {name: sound[0] for name, sound in made.sound.items()}


def powers(x: NDArray[np.float32], window: int) -> NDArray[np.float64]:
    """The mean square of each window."""
    return np.square(x[: x.size // window * window].reshape(-1, window), dtype=float).mean(1)


def gain(node: str, path: Path, level: int, source: str) -> NDArray[np.float64]:
    """The gain in dB of each window that is not silent; 0 in the others."""
    sounds = played(node, path, level)
    window = round(WINDOW * audiofile.probe(path).rate)
    out, into = powers(sounds["made"], window), powers(sounds[source], window)
    some = min(len(out), len(into))
    loud = into[:some] > into.max() * 1e-5
    return np.where(loud, 10 * np.log10(np.maximum(out[:some], 1e-20) / np.maximum(into[:some], 1e-20)), 0.0)


def longest(differs: NDArray[np.bool_]) -> float:
    """The longest run, in ms."""
    turns = np.flatnonzero(np.diff(np.pad(differs, 1).astype(np.int8)))
    return float((turns[1::2] - turns[::2]).max(initial=0) * WINDOW * 1000)


TRIMMED = """
params: {file: {type: file}, level: {type: gain}, ends: {type: choice, choices: [start, end]}}
nodes:
  voice: {use: gain, in: {use: source, file: $file}, level: $level}
  made: {use: trim_silence, in: voice, ends: $ends}
output: made
"""


def moved(path: Path, level: int) -> float:
    """How far the ends that trim_silence finds move, in ms."""
    ways = [(ends, each) for ends in ("start", "end") for each in (0, level)]
    made = [audiograph.render(TRIMMED, file=path, ends=ends, level=f"{each} dB") for ends, each in ways]
    a, b, c, d = (each.sound.shape[1] / each.rate * 1000 for each in made)
    return max(abs(a - b), abs(c - d))


def shifts(path: Path) -> dict[str, float]:
    """For each node how far decisions move at worst, in ms."""
    found = {"trim_silence": max(moved(path, level) for level in LEVELS)}
    for name, node in {**EFFECTS, **DUCKS}.items():
        source, within = ("voice" if name in EFFECTS else "tone"), (1.5 if name == "leveler" else 3)
        want = gain(node, path, 0, source)
        found[name] = max(
            longest(np.abs(gain(node, path, level, source) - want) > within) for level in LEVELS
        )
    return found


@click.command(help=__doc__)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """Print the table."""
    worst = 0.0
    for path in sorted(folder.iterdir()):
        found = shifts(path)
        worst = max(worst, *found.values())
        click.echo(f"{path.name:42}" + "".join(f"  {name} {ms:.0f} ms" for name, ms in found.items()))
    click.echo(f"at most {worst:.0f} ms")
    sys.exit(worst > MOST)


if __name__ == "__main__":
    main()
