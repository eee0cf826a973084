"""Nodes, chains, and what feeds them."""

from collections.abc import Mapping
from typing import Any

from audiograph.graph.catalog_entries import CatalogEntry
from audiograph.graph.unfold import GAIN
from audiograph.language.parameter import REQUIRED
from audiograph.views.schema.values import Schema, helped, value

_SIGNS = (
    r"[\w\u00a1-\uffff-]"  # of a name; the word characters of every language, in every dialect of patterns
)
NAME = rf"^[A-Za-z_]{_SIGNS}*$"
FED = rf"^[A-Za-z_](?:{_SIGNS}|/)*(?:\.\S+)?$"  # a node, a link of a chain, an output of a node
FILE = r"\.ya?ml$"  # a recipe by its file


def definitions(words: Mapping[str, CatalogEntry]) -> dict[str, Schema]:
    """What `#/definitions` holds: each word under "use NAME", and all they are made into."""
    uses = {f"use {name}": _use(word) for name, word in words.items()}
    return {
        **uses,
        "node": _node(words, _alone),
        "link": _node({name: word for name, word in words.items() if word.inputs}, _linked),
        "chain": _chain(),
        "feed": _feed(),
    }


def ref(name: str) -> Schema:
    """A definition."""
    return {"$ref": f"#/definitions/{name}"}


def _names(words: Mapping[str, CatalogEntry]) -> Schema:
    known = {"enum": list(words), "markdownEnumDescriptions": [word.title for word in words.values()]}
    file = {"type": "string", "pattern": FILE, "description": "A recipe by its file, seen from this one."}
    return {"anyOf": [known, file]}  # without help of its own, as editors show that in place of the word's


def _use(word: CatalogEntry) -> Schema:
    ports = {port.name: _port(word.input_help.get(port.name, "")) for port in word.inputs}
    params = {name: value(param) for name, param in word.params.items()}
    return {
        "title": word.name,
        **helped(word.about),
        "properties": {"use": helped(word.about), **ports, **params},
        "required": ["use", *(name for name, param in word.params.items() if param.default is REQUIRED)],
        "additionalProperties": False,
    }


def _port(about: str) -> Schema:
    return {"allOf": [ref("feed")], **helped(about)} if about else ref("feed")


def _node(words: Mapping[str, CatalogEntry], rules: Any) -> Schema:
    """A node or a chain; `rules` says what its place asks of a word."""
    cases = [
        {"if": _uses(name), "then": {"allOf": [ref(f"use {name}"), rules(word)]}}
        for name, word in words.items()
    ]
    plain = {"required": ["use"], "properties": {"use": _names(words)}, "allOf": cases}
    return {"type": "object", "if": {"required": ["chain"]}, "then": ref("chain"), "else": plain}


def _uses(name: str) -> Schema:
    return {"required": ["use"], "properties": {"use": {"const": name}}}


def _alone(word: CatalogEntry) -> Schema:
    return {"required": [port.name for port in word.inputs if not port.optional]}


def _linked(word: CatalogEntry) -> Schema:
    """A link is fed by the one before."""
    first, *others = word.inputs
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
