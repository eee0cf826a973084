"""JSON Schema of nodes, chains and their inputs."""

from collections.abc import Mapping
from typing import Any

from audiograph.graph.catalog_entries import CatalogEntry
from audiograph.graph.unfold import GAIN
from audiograph.language.parameter import REQUIRED
from audiograph.views.schema.values import Schema, helped, value

# One character of a name: word characters of any language, in every dialect of regular expressions.
_NAME_BEGIN, _NAME_CHARS = r"[A-Za-z_\u00a1-\uffff]", r"[\w\u00a1-\uffff-]"
NAME = rf"^{_NAME_BEGIN}{_NAME_CHARS}*$"
FED = rf"^{_NAME_BEGIN}(?:{_NAME_CHARS}|/)*(?:\.\S+)?$"  # a node, a link of a chain, an output of a node
FILE = r"\.ya?ml$"  # a recipe by its file


def definitions(entries: Mapping[str, CatalogEntry]) -> dict[str, Schema]:
    """The content of `#/definitions`: each entry as "use NAME", and node, link, chain and feed."""
    uses = {f"use {name}": _use(entry) for name, entry in entries.items()}
    return {
        **uses,
        "node": _node(entries, _alone),
        "link": _node({name: entry for name, entry in entries.items() if entry.inputs}, _linked),
        "chain": _chain(),
        "feed": _feed(),
    }


def ref(name: str) -> Schema:
    """A reference to a definition."""
    return {"$ref": f"#/definitions/{name}"}


def _names(entries: Mapping[str, CatalogEntry]) -> Schema:
    known = {"enum": list(entries), "markdownEnumDescriptions": [entry.title for entry in entries.values()]}
    file = {"type": "string", "pattern": FILE, "description": "A recipe by its file, relative to this one."}
    return {"anyOf": [known, file]}  # no help here: editors would show it instead of that of the entry


def _use(entry: CatalogEntry) -> Schema:
    ports = {port.name: _port(entry.input_help.get(port.name, "")) for port in entry.inputs}
    params = {name: value(param) for name, param in entry.params.items()}
    return {
        "title": entry.name,
        **helped(entry.about),
        "properties": {"use": helped(entry.about), **ports, **params},
        "required": ["use", *(name for name, param in entry.params.items() if param.default is REQUIRED)],
        "additionalProperties": False,
    }


def _port(about: str) -> Schema:
    return {"allOf": [ref("feed")], **helped(about)} if about else ref("feed")


def _node(entries: Mapping[str, CatalogEntry], rules: Any) -> Schema:
    """A node or a chain; `rules(entry)` is what its place requires."""
    cases = [
        {"if": _uses(name), "then": {"allOf": [ref(f"use {name}"), rules(entry)]}}
        for name, entry in entries.items()
    ]
    plain = {"required": ["use"], "properties": {"use": _names(entries)}, "allOf": cases}
    return {"type": "object", "if": {"required": ["chain"]}, "then": ref("chain"), "else": plain}


def _uses(name: str) -> Schema:
    return {"required": ["use"], "properties": {"use": {"const": name}}}


def _alone(entry: CatalogEntry) -> Schema:
    return {"required": [port.name for port in entry.inputs if not port.optional]}


def _linked(entry: CatalogEntry) -> Schema:
    """A link of a chain: its first input is the link before."""
    first, *others = entry.inputs
    return {
        "properties": {first.name: False},
        "required": [port.name for port in others if not port.optional],
    }


def _chain() -> Schema:
    fed: Schema = {"properties": {"chain": {"items": ref("link")}}}
    begun: Schema = {"properties": {"chain": {"items": [ref("node")], "additionalItems": ref("link")}}}
    return {
        "properties": {
            "in": ref("feed"),
            "chain": {"type": "array", "minItems": 1, **helped("Nodes, each fed by the one before.")},
        },
        "required": ["chain"],
        "additionalProperties": False,
        "if": {"required": ["in"]},
        "then": fed,
        "else": begun,
    }


def _feed() -> Schema:
    """A name, a list, a mapping name -> gain, or a node."""
    written = {"anyOf": [{"required": ["use"]}, {"required": ["chain"]}]}
    gains = {"propertyNames": {"pattern": FED}, "additionalProperties": value(GAIN), "minProperties": 1}
    return {
        **helped("What feeds it: a name, a list (summed), a mapping name: gain, or a node written in place."),
        "anyOf": [
            {"type": "string", "pattern": FED},
            {"type": "array", "minItems": 1, "items": ref("feed")},
            {"type": "object", "if": written, "then": ref("node"), "else": gains},
        ],
    }
