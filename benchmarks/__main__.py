"""How fast audiograph is, compared with ffmpeg, sox, pedalboard, pydub and scipy: medians and ratios.

Parts: first (from pip install to a mix), start, reference (the reference mix),
tracks (32 into one bus), many (1 to 10,000 nodes), nodes (ns per frame, and how near
to the limit of the machine), memory, blocks, folds, silence. All of them, if none is named.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import click

from benchmarks import engine
from benchmarks.figures import panels
from benchmarks.first import first
from benchmarks.folds import folds
from benchmarks.many import COUNTS, many
from benchmarks.nodes import REPEATS, nodes
from benchmarks.page import page
from benchmarks.picture import svg
from benchmarks.reference import reference
from benchmarks.report import machine, note, write
from benchmarks.sounds import cache
from benchmarks.start import start
from benchmarks.tracks import tracks

PARTS = ("first", "start", "reference", "tracks", "many", "nodes", "memory", "blocks", "folds", "silence")
DOCS = Path(__file__).parents[1] / "docs"


class Extent(NamedTuple):
    """How much to measure."""

    lengths: tuple[int, ...] = (10, 60, 600, 10_800)  # seconds of the reference mix
    rounds: int = 5
    tracks: int = 60  # seconds of the tracks, and of the mix in blocks
    counts: tuple[int, ...] = COUNTS  # nodes
    repeats: int = REPEATS  # of the sound, for ffmpeg's filters
    hours: tuple[float, ...] = (1, 10)  # of the mixes whose memory is measured


QUICK = Extent((10,), 1, 10, COUNTS[:-1], 100, (0.05, 0.5))


def _numbers(_context: click.Context, _param: click.Parameter, text: str | None) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(",")) if text else ()
    except ValueError as error:
        raise click.BadParameter("give whole numbers with commas between them") from error


@click.command(help=__doc__)
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="Only this part; may be repeated.")
@click.option("--nodes", "nodes_only", is_flag=True, help="The same as --only nodes.")
@click.option("--quick", is_flag=True, help="Short, one round: a rough idea, not figures to quote.")
@click.option("--lengths", callback=_numbers, help="Seconds of the reference mix, as 10,60,600,10800.")
@click.option("--rounds", type=click.IntRange(1), help="How often each is measured; tools take turns.")
@click.option(
    "--sounds", "kept", type=click.Path(path_type=Path), help="Folder in which the sounds are kept."
)
@click.option(
    "--from", "earlier", type=click.File(), help="Use these results, as --json wrote them; measure nothing."
)
@click.option(
    "--json",
    "-o",
    "out",
    type=click.Path(path_type=Path),
    help="Write all results here, including every round.",
)
@click.option("--picture", type=click.Path(path_type=Path), help="Draw the results into this SVG file.")
@click.option("--write-docs", is_flag=True, help="Write docs/performance.md, its picture and its JSON.")
def main(
    only: tuple[str, ...],
    nodes_only: bool,
    quick: bool,
    lengths: tuple[int, ...],
    rounds: int | None,
    kept: Path | None,
    earlier: Any,
    out: Path | None,
    picture: Path | None,
    write_docs: bool,
) -> None:
    extent = QUICK if quick else Extent()
    extent = extent._replace(lengths=lengths or extent.lengths, rounds=rounds or extent.rounds)
    chosen = [*only, *["nodes"] * nodes_only] or PARTS
    found = json.load(earlier) if earlier else _measured(chosen, extent, kept or cache(), out)
    if earlier and out:
        write(out, found)
    if picture:
        picture.write_text(svg(panels(found)))
    if write_docs:
        document(found, DOCS)
    for path in (out, picture, DOCS / "performance.md" if write_docs else None):
        if path:
            note(f"{path}: written")


def _measured(chosen: Sequence[str], extent: Extent, kept: Path, out: Path | None) -> dict[str, Any]:
    """All results. They are written after every part, so that a failure does not lose an hour's work."""
    found: dict[str, Any] = {"machine": machine(), "extent": extent._asdict()}
    with TemporaryDirectory(prefix="audiograph-benchmarks-") as name:
        folder, rounds = Path(name), extent.rounds
        parts: dict[str, Callable[[], Any]] = {
            "first": lambda: first(folder),
            "start": lambda: start(folder, kept, rounds),
            "reference": lambda: reference(folder, kept, extent.lengths, rounds),
            "tracks": lambda: tracks(folder, kept, rounds, extent.tracks),
            "many": lambda: many(folder, rounds, extent.counts),
            "nodes": lambda: nodes(folder, max(3, rounds), repeats=extent.repeats),
            "memory": lambda: engine.memory(folder, extent.hours),
            "blocks": lambda: engine.blocks(folder, kept, rounds, extent.tracks),
            "folds": lambda: folds(kept, rounds, extent.tracks),
            "silence": lambda: engine.silence(folder, rounds),
        }
        for part in (part for part in PARTS if part in chosen):
            found[part] = parts[part]()
            if out:
                write(out, found)
    return found


def document(found: Mapping[str, Any], folder: Path) -> None:
    """Write the page, its picture, and the results both are made of."""
    write(folder / "performance.json", _brief(found))
    (folder / "performance.svg").write_text(svg(panels(found)))
    (folder / "performance.md").write_text(page(found))


def _brief(found: Any) -> Any:
    """The results without those of each round."""
    if isinstance(found, Mapping):
        return {
            key: _brief(value) for key, value in found.items() if key != "rounds" or isinstance(value, int)
        }
    return [_brief(value) for value in found] if isinstance(found, (list, tuple)) else found


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
