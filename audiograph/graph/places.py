"""Places in graph files, as text: "mix.yaml:12", within a recipe "half.yaml:3, used at mix.yaml:7"."""

USED_AT = ", used at "


def own_place(where: str) -> str:
    """The part of a place within a recipe that lies in the recipe's own file."""
    return where.partition(USED_AT)[0]


def outermost(where: str) -> str:
    """The part of a place that lies in the file being built, not in a recipe it uses."""
    return where.rpartition(USED_AT)[2] if USED_AT in where else where


def line_of(where: str) -> tuple[str, int]:
    """File and line in the file being built; line 0 where a place has none."""
    place = outermost(where)
    file, _, line = place.rpartition(":")
    return (file, int(line)) if line.isdecimal() else (place, 0)
