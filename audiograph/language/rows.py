"""A parameter that is a table: a list of mappings with the same columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from audiograph.errors import nearest
from audiograph.language.parameter import REQUIRED, Param
from audiograph.language.quantity import Wrong, brief, wrong


@dataclass(frozen=True)
class Rows(Param):
    """A list of mappings that all have the same columns."""

    columns: Mapping[str, Param] = field(default_factory=dict)
    most: int = 1000
    kind: ClassVar[str] = "rows"

    def read(self, raw: Any) -> tuple[dict[str, Any], ...]:
        if not isinstance(raw, (list, tuple)) or len(raw) > self.most:
            raise wrong(f"is not a list of at most {self.most} mappings with {', '.join(self.columns)}")
        faults: list[tuple[tuple[str | int, ...], str]] = []
        table = tuple(self._row(index, row, faults) for index, row in enumerate(raw))
        if faults:
            raise Wrong(*faults)
        return table

    def _row(self, index: int, row: Any, faults: list[tuple[tuple[str | int, ...], str]]) -> dict[str, Any]:
        if not isinstance(row, Mapping):
            faults.append(
                ((index,), f"row {index + 1}: {brief(row)} is not a mapping with {', '.join(self.columns)}")
            )
            return {}
        values = {key: column.default for key, column in self.columns.items()}
        for key, raw in row.items():
            if key not in self.columns:
                known = list(self.columns)
                what = f"row {index + 1}: {key!r} is not one of {', '.join(known)}{nearest(key, known)}"
                faults.append(((index, key), what))
                continue
            try:
                values[key] = self.columns[key].read(raw)
            except Wrong as error:
                faults += [
                    ((index, key, *path), f"row {index + 1}: {key}: {what}") for path, what in error.parts
                ]
        missing = [key for key, value in values.items() if value is REQUIRED and key not in row]
        faults += [((index,), f"row {index + 1}: needs {key}: {self.columns[key].help}") for key in missing]
        return values

    def shown(self, value: Any) -> str:
        return f"{len(value)} rows" if value else "none"

    def describe(self) -> dict[str, Any]:
        return super().describe() | {
            "columns": {name: column.describe() for name, column in self.columns.items()}
        }
