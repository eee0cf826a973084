"""`output` and `outputs`: the files a graph gives."""

from pathlib import Path
from typing import Any

from audiograph.graph.diagnostics import Diagnostics
from audiograph.graph.link import Linking
from audiograph.graph.model import Target
from audiograph.graph.scope import Scope
from audiograph.graph.unfold import Feed
from audiograph.graph.values import evaluated
from audiograph.language.document import Entry
from audiograph.language.quantity import Wrong, brief

TEXTS = ("file", "format", "dither")  # keys whose values are text
TAGS = ("title", "artist", "album", "date", "comment")  # text or a number, such as a year
KEYS = ("from", "file", "format", "bits", "bitrate", "dither", *TAGS)


def targets(document: Entry, linking: Linking, scope: Scope) -> tuple[Target, ...]:
    """Every output that the document declares."""
    diagnostics = linking.diagnostics
    if "output" in document and "outputs" in document:
        diagnostics.problem(document.at("outputs"), "", "give either output or outputs")
    elif "output" in document:
        return _target("", document["output"], document.at("output"), linking, scope)
    elif "outputs" in document:
        outputs = diagnostics.section(document, "outputs")
        if not outputs and isinstance(document["outputs"], (Entry, type(None))):
            diagnostics.problem(document.at("outputs"), "", "outputs: names no output: add `NAME: NODE`")
        parts = [_target(name, raw, outputs.at(name), linking, scope) for name, raw in outputs.items()]
        return tuple(target for part in parts for target in part)
    else:
        diagnostics.problem(document.where, "", "names no output: add `output: NODE`")
    return ()


def _target(name: str, raw: Any, where: str, linking: Linking, scope: Scope) -> tuple[Target, ...]:
    """One output; none, and a problem, if it cannot be read."""
    label, diagnostics = f"outputs/{name}" if name else "output", linking.diagnostics
    if ".." in Path(name).parts or Path(name).is_absolute():
        what = "is not a valid name for an output: it may not lead out of the folder"
        diagnostics.problem(where, label, what)
    if not isinstance(raw, (Entry, str)):
        diagnostics.problem(
            where, label, "is neither the name of a node nor a mapping such as {from: master, bits: 24}"
        )
        return ()
    entry = raw if isinstance(raw, Entry) else Entry({"from": raw})
    diagnostics.unknown_keys(entry, KEYS, label)
    options = _options(entry, where, label, diagnostics, scope)
    node, file = options.pop("from", None), options.pop("file", None)
    if not isinstance(node, str):
        diagnostics.problem(where, label, "needs `from`, the node to write")
        return ()
    outs = linking.outs(
        label, Feed(scope.prefix + node, entry.at("from") if isinstance(raw, Entry) else where)
    )
    return tuple(
        Target(name, out, scope.folder / str(file) if file else None, options, where) for out in outs[:1]
    )


def _options(entry: Entry, where: str, label: str, diagnostics: Diagnostics, scope: Scope) -> dict[str, Any]:
    """The options that are given; those of the wrong kind are left out, each with a problem."""
    try:
        given = evaluated(entry, scope.names)
    except Wrong as error:
        diagnostics.wrong(error, entry, where, label)
        given = {"from": entry.get("from")}
    options = {}
    for key, value in given.items():
        if key in KEYS and value is not None:
            if fault := _fault(key, value):
                diagnostics.problem(entry.at(key) or where, label, f"{key}: {brief(entry[key])} {fault}")
            else:
                options[key] = value
    return options


def _fault(key: str, value: Any) -> str:
    """Why a value is of the wrong kind for this key of an output; empty if it is not."""
    if key == "file" and not value:
        return "is not the path of a file"
    if key in TEXTS and not isinstance(value, str):
        return "is not text"
    if key in TAGS and (
        isinstance(value, (bool, dict, list)) or not isinstance(value, (str, int, float, tuple))
    ):
        return "is not text; in quotes it is" if isinstance(value, bool) else "is not text"
    return ""
