"""`audiograph measure`: loudness, peaks and more of sound files."""

from collections.abc import Sequence
from contextlib import nullcontext
from itertools import compress
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audiograph.cli.exit_codes import FAILED
from audiograph.cli.formatting import clock, counted, format_of, in_json, say, table
from audiograph.cli.options import FileName, NewFile, json_option
from audiograph.cli.standard_streams import STANDARD, check_kept, sound_from_stdin, write_text
from audiograph.errors import AudioFileError, visible

if TYPE_CHECKING:
    from audiograph.measuring import Levels

COLUMNS = (
    "file", "LUFS", "range LU", "dBTP", "momentary", "short-term", "correlation", "clipped", "offset",
    "length", "format",
)  # fmt: skip
MIN_OFFSET = 0.001  # of full scale; the table leaves a smaller DC offset out


@click.command()
@click.argument("sounds", metavar="FILE...", type=FileName(), nargs=-1, required=True)
@json_option
@click.option(
    "--svg",
    "picture",
    type=NewFile(),
    help="Draw waveform, loudness and spectrum into this file.",
)
@click.pass_context
def measure(context: click.Context, sounds: tuple[Path, ...], as_json: bool, picture: Path | None) -> None:
    """Measure sound files; - is one from standard input.

    Loudness (LUFS) is gated, by ITU-R BS.1770-5 and EBU R128; its range is by EBU Tech 3342. dBTP is the
    true peak, including peaks between samples. Momentary and short-term are the loudest 400 ms and 3 s.
    """
    if picture and len(sounds) > 1:
        raise click.UsageError("--svg takes one file")
    if picture:
        check_kept("--svg", picture, sounds, "command")
    measured_files: list[tuple[Path, Levels]] = []
    reports: list[dict[str, Any]] = []
    for path in sounds:
        try:
            with sound_from_stdin() if path == STANDARD else nullcontext(path) as file:
                levels, note = _measured(file, picture)
        except AudioFileError as error:
            what = str(error).replace(str(file), str(path))
            say(f"audiograph: {what}")
            reports.append({"path": str(path), "error": what})
            continue
        if note and not as_json:
            say(f"note: {path}: {note}")
        measured_files.append((path, levels))
        reports.append({"path": str(path), **_plain(levels), "note": note})
    if as_json:
        click.echo(in_json(reports if len(reports) > 1 else reports[0]))
    elif measured_files and picture != STANDARD:
        _table(measured_files)
    if len(measured_files) < len(sounds):
        context.exit(FAILED)


def _measured(path: Path, picture: Path | None) -> tuple["Levels", str]:
    """The levels of a file, drawn into `picture`, and what is to be noted of it."""
    from audiograph.audiofile import probe
    from audiograph.measuring.whole_files import measure

    levels = _drawn(path, picture) if picture else measure(path)
    return levels, "; ".join(filter(None, (probe(path).note, levels.note)))


def _drawn(path: Path, picture: Path) -> "Levels":
    from audiograph.audiofile import probe
    from audiograph.measuring.envelope import Envelope
    from audiograph.measuring.spectrum import Spectrum
    from audiograph.measuring.whole_files import hear_file, meter_of
    from audiograph.views.drawings.levels import svg

    info = probe(path)
    meter, envelope = meter_of(path), Envelope(info.frames)
    spectrum = Spectrum(info.rate, info.channels)
    hear_file(path, [meter, envelope, spectrum])
    write_text(picture, svg(visible(path.name), meter, envelope, spectrum))
    return meter.levels()


def _plain(levels: "Levels") -> dict[str, Any]:
    """The figures for JSON: None and -inf become null."""
    return {
        key: None if isinstance(value, float) and not isfinite(value) else value
        for key, value in levels._asdict().items()
    }


def _table(files: Sequence[tuple[Path, "Levels"]]) -> None:
    cells = [_cells(path, levels) for path, levels in files]
    used = [any(row[column] for row in cells) for column in range(len(COLUMNS))]
    titles, *lines = [list(compress(row, used)) for row in (COLUMNS, *cells)]
    table(titles, lines, right=COLUMNS[1:-1])


def _cells(path: Path, levels: "Levels") -> tuple[str, ...]:
    return (
        str(path),
        _shown(levels.integrated_lufs),
        _shown(levels.loudness_range_lu),
        _shown(levels.true_peak_dbtp),
        _shown(levels.max_momentary_lufs),
        _shown(levels.max_short_term_lufs),
        _shown(levels.correlation, 2) if levels.channels == 2 else "",
        f"{levels.clipped}, {counted(levels.clipped_runs, 'run')}" if levels.clipped else "",
        f"{levels.dc:.3f}" if abs(levels.dc) >= MIN_OFFSET else "",
        clock(round(levels.duration_s * levels.sample_rate), levels.sample_rate, 3),
        format_of(levels.sample_rate, levels.channels),
    )


def _shown(value: float | None, digits: int = 1) -> str:
    return "-" if value is None or not isfinite(value) else f"{value:.{digits}f}"
