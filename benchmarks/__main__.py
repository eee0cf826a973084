"""`python -m benchmarks`: the reference mix; with --nodes, --blocks, --silence or --memory those too."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from benchmarks import engine
from benchmarks.nodes import nodes
from benchmarks.reference import reference
from benchmarks.report import note, write

PARTS = ("reference", "nodes", "blocks", "silence", "memory")


def _numbers(_context: click.Context, _param: click.Parameter, text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError as error:
        raise click.BadParameter("give whole numbers with commas between them") from error


@click.command(help=__doc__)
@click.option("--lengths", default="60,600", callback=_numbers, help="Seconds of the reference mix.")
@click.option("--rounds", default=5, type=click.IntRange(1), help="How often each is measured, in turn.")
@click.option("--nodes", is_flag=True, help="ns a frame of every node, beside pedalboard and ffmpeg.")
@click.option("--blocks", is_flag=True, help="The reference mix at block sizes of 512 to 65536.")
@click.option("--silence", is_flag=True, help="Many clips in a long silence, and the same joined.")
@click.option("--memory", is_flag=True, help="What mixes of 1 and 10 hours hold.")
@click.option("--only", type=click.Choice(PARTS), help="This part alone.")
@click.option("-o", "out", type=click.Path(path_type=Path), help="A JSON file for all of it.")
def main(lengths: list[int], rounds: int, only: str | None, out: Path | None, **asked: bool) -> None:
    with TemporaryDirectory(prefix="audiograph-benchmarks-") as name:
        folder = Path(name)
        parts: dict[str, Callable[[], Any]] = {
            "reference": lambda: reference(folder, lengths, rounds),
            "nodes": lambda: nodes(folder, rounds),
            "blocks": lambda: engine.blocks(folder, rounds),
            "silence": lambda: engine.silence(folder, rounds),
            "memory": lambda: engine.memory(folder),
        }
        chosen = [only] if only else ["reference", *(part for part in PARTS[1:] if asked[part])]
        found = {part: parts[part]() for part in chosen}
    if out:
        write(out, found)
        note(f"{out}: written")


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
