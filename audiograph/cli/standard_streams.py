"""`-` in place of a file: a graph from standard input, and what is written to standard output."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

if TYPE_CHECKING:
    from audiograph.rendering.loading import Source

STANDARD = Path("-")  # a file of this name is written as ./-
NAME = "mix"  # of the outputs of a graph that has no file


def source(graph: Path) -> "Source":
    """What to load for the argument GRAPH. The paths in a graph from standard input begin here."""
    if graph != STANDARD:
        return graph
    from audiograph.language.document.yaml_text import LARGEST
    from audiograph.rendering.loading import GraphText

    return GraphText(_stdin().read(LARGEST + 1), "<stdin>")


def name_of(graph: Path) -> str:
    """What a file is called that the graph gives, if nobody names it."""
    return NAME if graph == STANDARD else graph.stem


def check_kept(option: str, path: Path, read: Iterable[Path], reader: str = "graph") -> None:
    """Raises UsageError if `path`, given with `option`, would overwrite one of the files `read`."""
    from audiograph.audiofile.names import overwritten, resolved

    files = {resolved(each) for each in read if each != STANDARD}
    if path != STANDARD and (why := overwritten(path, files, reader)):
        raise click.UsageError(f"{option}: {path} {why}")


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all; or print it."""
    if path == STANDARD:
        click.echo(text, nl=False)
        return
    from audiograph.audiofile.text_files import write_text as write

    write(path, text)


@contextmanager
def sound_from_stdin() -> Iterator[Path]:
    """What standard input holds, as a temporary file."""
    with _temporary(NAME) as path:
        with path.open("wb") as file:
            _copy(_stdin(), file)
        yield path


def _stdin() -> BinaryIO:
    if not sys.stdin:
        raise click.UsageError("standard input is closed")
    return sys.stdin.buffer


@contextmanager
def sound_to_stdout(suffix: str) -> Iterator[Path]:
    """A temporary file, which is copied to standard output at the end: headers say how long a sound is."""
    with _temporary(f"{NAME}.{suffix}") as path:
        yield path
        with path.open("rb") as file:
            _copy(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()


def check_stdout() -> None:
    """Raise UsageError if sound should not go to standard output."""
    if not sys.stdout or sys.stdout.isatty():
        where = "is a terminal" if sys.stdout else "is closed"
        raise click.UsageError(f"standard output {where}: redirect it, or name a file with -o")


@contextmanager
def _temporary(name: str) -> Iterator[Path]:
    """The path of a file in a folder that is removed at the end."""
    from tempfile import TemporaryDirectory  # takes 5 ms to import

    with TemporaryDirectory(prefix="audiograph-") as folder:
        yield Path(folder, name)


def _copy(source: BinaryIO, sink: BinaryIO) -> None:
    while part := source.read(1 << 20):
        sink.write(part)
