"""Mappings and lists that know the line of each of their items."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


class Entry(dict[str, Any]):
    """A mapping in a file. `where` is the line it begins on, such as "mix.yaml:12"."""

    def __init__(
        self,
        values: Mapping[str, Any] | Iterable[tuple[str, Any]] = (),
        where: str = "",
        places: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(values)
        self.where = where
        self._places = dict(places or {})

    def at(self, key: str) -> str:
        """Where `key` was written; for a missing key, where the mapping begins."""
        return self._places.get(key, self.where)


class Items(list[Any]):
    """A list in a file. `where` is the line it begins on, such as "mix.yaml:12"."""

    def __init__(self, values: Iterable[Any] = (), where: str = "", places: Sequence[str] = ()) -> None:
        super().__init__(values)
        self.where = where
        self._places = list(places)

    def at(self, index: int) -> str:
        """Where the item was written; for a missing item, where the list begins."""
        return self._places[index] if 0 <= index < len(self._places) else self.where


def places(raw: Any, name: str) -> dict[str, str]:
    """Where each row of a list, and each value in it, was written: "bands.2" and "bands.2.freq"."""
    found = {}
    for index, row in enumerate(raw) if isinstance(raw, Items) else ():
        found[f"{name}.{index}"] = raw.at(index)
        if isinstance(row, Entry):
            found |= {f"{name}.{index}.{key}": row.at(key) for key in row}
    return found


def located(raw: Any, path: Iterable[str | int], fallback: str) -> str:
    """Where the value at `path` (keys and indices, starting at `raw`) was written, or its nearest parent."""
    where = fallback
    for key in path:
        if isinstance(raw, Entry) and isinstance(key, str):
            where, raw = raw.at(key) or where, raw.get(key)
        elif isinstance(raw, Items) and isinstance(key, int):
            where, raw = raw.at(key) or where, raw[key] if 0 <= key < len(raw) else None
        else:
            break
    return where
