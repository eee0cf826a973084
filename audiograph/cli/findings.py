"""How the expectations of a graph, and what was found, are told."""

from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audiograph.expecting import Finding


def held(found: "Finding") -> str:
    """The line of an expectation that holds."""
    return f"as expected: {found}"


def finding(found: "Finding") -> dict[str, Any]:
    """The same as plain data; strict JSON has no infinity."""
    expected = found.expectation
    value = found.value if found.value is not None and isfinite(found.value) else None
    bounds = [limit if isfinite(limit) else None for limit in expected.bounds[:2]]
    return {
        "what": expected.label,
        "unit": found.unit,
        "expected": expected.bounds.text,
        "least": bounds[0],
        "most": bounds[1],
        "found": value,
        "holds": found.holds,
        "line": expected.where,
    }
