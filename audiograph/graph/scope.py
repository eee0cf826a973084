"""The scope of one file: what its names mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Scope:
    """One file: its folder, the prefix its nodes have in the graph, the values of its parameters."""

    folder: Path
    prefix: str = ""
    names: Mapping[str, Any] = field(default_factory=dict)
    within: tuple[Path, ...] = ()  # the files of the recipes it is used in; its own comes last
