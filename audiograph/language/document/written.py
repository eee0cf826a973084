"""Mappings and lists that remember where in a file each of their parts was written."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


class Entry(dict[str, Any]):
    """A mapping of a file. `where` is the line it begins on, such as "mix.yaml:12"."""

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
        """Where `key` was written; the mapping's own place for a key it does not have."""
        return self._places.get(key, self.where)


class Items(list[Any]):
    """A list of a file. `where` is the line it begins on, such as "mix.yaml:12"."""

    def __init__(self, values: Iterable[Any] = (), where: str = "", places: Sequence[str] = ()) -> None:
        super().__init__(values)
        self.where = where
        self._places = list(places)

    def at(self, index: int) -> str:
        """Where the item was written; the list's own place for an item it does not have."""
        return self._places[index] if 0 <= index < len(self._places) else self.where


def located(raw: Any, path: Iterable[str | int], fallback: str) -> str:
    """Where the value was written that `path`, keys and indices from `raw` on, comes nearest to."""
    where = fallback
    for key in path:
        if isinstance(raw, Entry) and isinstance(key, str):
            where, raw = raw.at(key) or where, raw.get(key)
        elif isinstance(raw, Items) and isinstance(key, int):
            where, raw = raw.at(key) or where, raw[key] if 0 <= key < len(raw) else None
        else:
            break
    return where
