"""Results as tables and as JSON."""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

PACKAGES = ("numpy", "numba", "soundfile", "soxr", "networkx", "pedalboard", "pydub", "scipy")
TOOLS = {"ffmpeg": ("ffmpeg", "-version"), "sox": ("sox", "--version")}
WIDE = 160  # columns, if the output is not a terminal
console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def show(title: str, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
    """Print rows as a table; `columns` maps a key to its heading and format, as "wall s|.2f"."""
    note(title)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in columns.values():
        table.add_column(heading.split("|")[0], justify="right" if "|" in heading else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(cell(row.get(key), heading) for key, heading in columns.items()))
    console.print(table)
    console.print()


def cell(value: Any, heading: str) -> str:
    """A value in the format of its heading; "-" if there is none."""
    if value is None:
        return "-"
    _, _, form = heading.partition("|")
    return format(value, form) if form else str(value)


def markdown(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> str:
    """Rows in Markdown; `columns` as in `show`."""
    heads = [text.split("|")[0] for text in columns.values()]
    lines = [
        f"| {' | '.join(heads)} |",
        f"|{'|'.join('---:' if '|' in text else '---' for text in columns.values())}|",
    ]
    lines += [f"| {' | '.join(cell(row.get(key), text) for key, text in columns.items())} |" for row in rows]
    return "\n".join(lines)


def note(text: str) -> None:
    """Print a line."""
    console.print(text, markup=False)


def machine() -> dict[str, Any]:
    """Date, machine and versions."""
    return {
        "date": date.today().isoformat(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
        "tools": {name: found for name, words in TOOLS.items() if (found := _said(words))},
    }


def _processor() -> str:
    cpus = Path("/proc/cpuinfo")
    lines = cpus.read_text().splitlines() if cpus.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _said(words: Sequence[str]) -> str:
    """The version of a tool: the first dotted number in its output."""
    if not shutil.which(words[0]):
        return ""
    said = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    found = re.search(r"\d+(\.\d+)+", said)
    return found[0] if found else ""


def write(path: Path, found: Mapping[str, Any]) -> None:
    """Write all results as JSON."""
    path.write_text(json.dumps(found, indent=1) + "\n")


def middle(values: Sequence[float]) -> float:
    """The median."""
    return float(median(values))
