"""How far a voice leads its music in each ready-made mix, for each voice and piece of music and two levels.

    python -m benchmarks.leads VOICES MUSIC

VOICES and MUSIC are folders of sounds. Prints for each mix, voice and level the lead over
each piece in LU while somebody speaks, and the lowest of it in any 3 s of speech. Ends
with 1 if a lead is not 7 to 9 LU, a mix has a note, or, where the mix expects so, 3 s
have less than 4 LU.
"""

import sys
from collections.abc import Iterator, Sequence
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import click

import audiograph

ROOT = Path(__file__).parents[1]
LEVELS = (0, -20)  # dB, of the voice
LEAST, MOST, LEAST_OF_3_S = 7.0, 9.0, 4.0  # LU
GRAPHS = {"voice_over": "voice.gain", "talk": "voice/in.gain"}  # and how their voice is made softer
RECIPES = """
params: {voice: {type: file}, music: {type: file}, soft: {type: gain}}
nodes:
  voice: {use: source, file: $voice, gain: $soft, channels: mono}
  music: {use: source, file: $music}
  speech: {use: place, in: voice, at: 2 s}
  bed:   {use: bed, in: music, key: speech}
  duck:  {use: ducked_bed, voice: voice, music: music}
  video: {use: short_video, voice: voice, music: music}
  intro: {use: intro_under_outro, voice: voice, music: music}
outputs: {bed: bed, ducked: duck, video: video, intro: intro}
expect:
  speech over bed: 7..9 LU
  speech over bed in any 3 s: ">= 4 LU"
  duck.speech over duck.bed: 7..9 LU
  duck.speech over duck.bed in any 3 s: ">= 4 LU"
  video.speech over video.bed: 7..9 LU
  video.speech over video.bed in any 3 s: ">= 4 LU"
  intro.speech over intro.tune: 7..9 LU
  intro.speech over intro.tune in any 3 s: ">= 4 LU"
"""
NODES = {"bed": "bed", "ducked_bed": "duck", "short_video": "video", "intro_under_outro": "intro"}
NAMES = {
    "speech over bed": "bed",
    "duck.speech over duck.bed": "ducked_bed",
    "video.speech over video.bed": "short_video",
    "intro.speech over intro.tune": "intro_under_outro",
}


class Lead(NamedTuple):
    """How far a voice leads a piece of music in one mix, in LU."""

    mix: str
    voice: str
    level: int  # dB, of the voice
    music: str
    lead: float
    lowest: float  # of any 3 s
    notes: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether it is as it should be."""
        least = LEAST_OF_3_S if self.mix in GRAPHS else -inf
        return LEAST <= self.lead <= MOST and self.lowest >= least and not self.notes


def leads(voice: Path, music: Path, level: int) -> Iterator[Lead]:
    """The lead in each ready-made mix of a voice, with a gain of `level` dB, and a piece of music."""
    files = {"voice": str(voice), "music": str(music)}
    made = [(RECIPES, {**files, "soft": f"{level} dB"})]
    made += [
        (str(ROOT / f"graphs/{name}.yaml"), {**files, gain: f"{level} dB"}) for name, gain in GRAPHS.items()
    ]
    for name, (graph, settings) in zip(("", *GRAPHS), made, strict=True):
        plan = audiograph.load(graph, settings)
        with TemporaryDirectory() as folder:
            target = folder if len(plan.graph.targets) > 1 else f"{folder}/mix.wav"
            report = audiograph.render(plan, target)
        found = {each.expectation.label: each.value for each in report.findings if each.value is not None}
        found = {label: value for label, value in found.items() if " over " in label}
        for label in (label for label in found if not label.endswith("3 s")):
            mix, lowest = name or NAMES[label], found[f"{label} in any 3 s"]
            notes = tuple(str(note) for note in plan.notes if name or note.node.startswith(f"{NODES[mix]}/"))
            yield Lead(mix, voice.name, level, music.name, found[label], lowest, notes)


def rows(found: Sequence[Lead], pieces: Sequence[str]) -> Iterator[str]:
    """A line for each mix, voice and level, with a pair of figures for each piece of music."""
    names = [Path(piece).stem[:14] for piece in pieces]
    yield f"{'mix':18}{'voice':26}{'level':>6}  " + "".join(f"{name:>16}" for name in names)
    for mix, voice, level in dict.fromkeys((each.mix, each.voice, each.level) for each in found):
        mine = {each.music: each for each in found if each[:3] == (mix, voice, level)}
        cells = (
            f"{mine[piece].lead:.2f} ({mine[piece].lowest:.1f}){' ' if mine[piece].holds else '!'}"
            if piece in mine
            else ""
            for piece in pieces
        )
        yield f"{mix:18}{Path(voice).stem[:25]:26}{level:>3} dB  " + "".join(f"{cell:>16}" for cell in cells)


def verdict(found: Sequence[Lead]) -> str:
    """The range of all of it in one line, after a line for each note."""
    notes = [f"{each.mix}, {each.voice}, {each.music}: {note}" for each in found for note in each.notes]
    all_leads, lowest = [each.lead for each in found], min(each.lowest for each in found)
    held = sum(each.holds for each in found)
    line = f"{min(all_leads):.2f} to {max(all_leads):.2f} LU, never less than {lowest:.2f} in 3 s of speech"
    return "\n".join([*dict.fromkeys(notes), f"{line}: {held} of {len(found)} as they should be"])


@click.command(help=__doc__)
@click.argument("voices", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("music", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(voices: Path, music: Path) -> None:
    """Print the table."""
    pieces = sorted(music.iterdir())
    found = [
        lead
        for voice in sorted(voices.iterdir())
        for level in LEVELS
        for piece in pieces
        for lead in leads(voice, piece, level)
    ]
    found.sort(key=lambda each: each.mix)
    for row in rows(found, [piece.name for piece in pieces]):
        click.echo(row)
    click.echo(verdict(found))
    sys.exit(not all(each.holds for each in found))


if __name__ == "__main__":
    main()
