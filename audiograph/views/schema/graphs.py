"""JSON Schema of a whole graph file."""

from collections.abc import Mapping
from typing import Any

from audiograph.audiofile.encodings import DITHERS, KINDS, PCM_SUBTYPES, TAGS
from audiograph.graph.build import RATE
from audiograph.graph.catalog_entries import CatalogEntry
from audiograph.graph.expect import FIGURES, PAIRS
from audiograph.graph.params import KEYS as DECLARED
from audiograph.graph.params import NUMBERS, TYPES, UNITS
from audiograph.graph.targets import KEYS as OUTPUT
from audiograph.language.bounds import FORMS
from audiograph.language.parameter import FAR, File, Flag, MomentParam, Param, Quantity, Text
from audiograph.views.schema.nodes import FED, NAME, definitions, ref
from audiograph.views.schema.values import EXPRESSION, Schema, helped, value

_WITHIN = r"^(?!/)(?!(?:.*/)?\.\.(?:/|$)).+$"  # a path that stays in its folder
_BITRATE = rf"^\s*\d+(?:\.\d+)?\s*(?:[kK](?:[bB](?:it)?(?:ps|/s)?)?)?\s*$|{EXPRESSION}"
_OPTIONS: dict[str, Schema] = {
    "from": {"type": "string", "pattern": FED, **helped("The node to write.")},
    "file": {"type": "string", **helped("The file to write, relative to the folder of this file.")},
    "format": {
        "anyOf": [{"enum": list(KINDS)}, {"type": "string"}],
        **helped("File format; by default that of the suffix."),
    },
    "bits": {
        "anyOf": [
            {"enum": [*PCM_SUBTYPES, *map(str, PCM_SUBTYPES), "32f"]},
            {"type": "string", "pattern": EXPRESSION},
        ],
        **helped("Bits of a sample: 16, 24, or 32, which is float."),
    },
    "bitrate": {
        "type": ["number", "string"],
        "minimum": 0,
        "pattern": _BITRATE,
        **helped("Bitrate of a lossy file, such as 192k."),
    },
    "dither": {
        "anyOf": [{"enum": list(DITHERS)}, {"type": "string", "pattern": EXPRESSION}],
        **helped("The noise added before quantizing to 16 or 24 bits; triangular by default."),
    },
}


def schema(entries: Mapping[str, CatalogEntry]) -> Schema:
    """The JSON Schema (draft-07) of graph files that may use these entries."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **helped("A mix: a graph of nodes."),
        "type": "object",
        "properties": _top(),
        "required": ["nodes"],
        "oneOf": [{"required": ["output"]}, {"required": ["outputs"]}],
        "additionalProperties": False,
        "definitions": definitions(entries) | {"param": _param(), "output": _output()},
    }


def _top() -> dict[str, Schema]:
    return {
        "about": helped("What the mix is, in a line or two."),
        "rate": value(RATE) | helped("Sample rate, such as 48 kHz; 44.1 kHz by default."),
        "inputs": {
            "anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "object"}],
            **helped("Inputs of a recipe. `key?` may be left out. A file with inputs is a node type."),
        },
        "params": {
            "type": "object",
            "additionalProperties": ref("param"),
            **helped("Parameters that can be set from outside: `$name` is the value."),
        },
        "nodes": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": NAME},
            "additionalProperties": ref("node"),
            **helped("Nodes by name."),
        },
        "output": ref("output") | helped("The node to write, or a mapping: {from: master, bits: 24}."),
        "outputs": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": _WITHIN},
            "additionalProperties": ref("output"),
            **helped("Several files of one render, by name; a name may contain folders."),
        },
        "expect": {
            "type": "object",
            "properties": _figures(),
            "additionalProperties": {
                "anyOf": [_bounds(PAIRS["over"].about), {"type": "object", "properties": _figures()}]
            },
            **helped("Figures of the mix, `A over B` (also `in any 3 s`), or a node or output with figures."),
        },
    }


def _figures() -> dict[str, Schema]:
    return {name: _bounds(figure.about) for name, figure in FIGURES.items()}


def _bounds(about: str) -> Schema:
    return {"type": ["string", "number"], **helped(f"{about}: {FORMS}.".capitalize())}


def _output() -> Schema:
    tags = {name: helped(f"The tag {name}.") for name in OUTPUT if name in TAGS}
    options = {
        "type": "object",
        "properties": {**_OPTIONS, **tags},
        "required": ["from"],
        "additionalProperties": False,
    }
    return {"anyOf": [{"type": "string", "pattern": FED}, options]}


def _param() -> Schema:
    """A bare value, which is the default, or a declaration."""
    cases = [
        {"if": _is(kind), "then": {"properties": {key: _bare(param) for key in _keys(kind)}}}
        for kind, param in _kinds().items()
    ]
    declaration: Schema = {
        "type": "object",
        "properties": {
            **{key: {} for key in DECLARED},
            "type": {"enum": list(TYPES), **helped("The type of the value; number by default.")},
            "default": helped("The value if none is given. Without a default it must be given."),
            "min": helped("The lowest value."),
            "max": helped("The highest value."),
            "about": {"type": "string", **helped("What the parameter is for.")},
            "choices": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        },
        "additionalProperties": False,
        "allOf": [*cases, {"if": _is("choice"), "then": {"required": ["choices"]}}],
    }
    return {"anyOf": [{"type": ["string", "number", "boolean"]}, declaration]}


def _keys(kind: str) -> tuple[str, ...]:
    return ("default", "min", "max") if kind in UNITS or kind == "whole" else ("default",)


def _kinds() -> dict[str, Param]:
    units = {**UNITS, "whole": ""}
    numbers: dict[str, Param] = {
        kind: NUMBERS.get(kind, Quantity)(None, "", unit, -FAR, FAR) for kind, unit in units.items()
    }
    return numbers | {
        "flag": Flag(None, ""),
        "text": Text(None, ""),
        "file": File(None, ""),
        "moment": MomentParam(None, ""),
    }


def _is(kind: str) -> Schema:
    return {"required": ["type"], "properties": {"type": {"const": kind}}}


def _bare(param: Param) -> dict[str, Any]:
    return {key: part for key, part in value(param).items() if "escription" not in key}
