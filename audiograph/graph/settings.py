"""Settings: values passed in from outside, on the command line or by a program."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audiograph.errors import Setting
from audiograph.graph.diagnostics import Diagnostics
from audiograph.graph.scope import Scope
from audiograph.language.parameter import Param


def _here() -> Path:
    """The current folder; without a name if it has been deleted."""
    try:
        return Path.cwd()
    except OSError:
        return Path()


class Settings:
    """Values by name ("voice") or by node and parameter ("music/gain.level"), and which of them were used."""

    def __init__(self, values: Mapping[str, Any], diagnostics: Diagnostics) -> None:
        self._values, self._diagnostics = values, diagnostics
        self._used: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def read(self, param: Param, name: str, node: str, key: str) -> Any:
        """The value of the setting `name`; None, and a problem, if it cannot be read.

        A relative path is relative to the current folder. A "$" in it is a dollar sign.
        """
        self._used.add(name)
        raw = self._values[name]
        if isinstance(raw, str):
            raw = raw.replace("$", "$$")  # as graph files write it
        return self._diagnostics.value(param, raw, Scope(_here()), node, key, Setting(name))

    def unused(self) -> list[str]:
        """The names that nothing in the graph took, sorted."""
        return sorted(self._values.keys() - self._used)
