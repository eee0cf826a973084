"""Graphs that are broken: as text, as values of the wrong kind, and as programs that build them."""

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from audiograph.language.mix import Mix

PIECES = (
    "{", "}", "[", "]", ": ", ":", "- ", ", ", "#", "'", '"',
    "|", ">", "&a ", "*a", "!!x ", "<<: ", "---\n", "...\n",
    "%", "@", "`", "\t", "\n", "\n\n", "  ", "\0", "\x1b[31m",
    "\u2028", "\ufeff", "\u202e", "é", "😀", "${", "$", "$$",
    "${a}", "${1/0}", "${2**99999}", "null", "~", "true",
    "1e999", "-1", "0", ".inf", "1:30", "24 h", "99999999999999",
    " dB", " ms", " LUFS", "use: ", "in: ", "chain: ",
    "output: ", "inputs: [in]\n", "params: ", "../", "/dev/zero", "x" * 300,
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 3.5, -1e300, 1e300, 10**30,
    "", " ", "x", "x" * 5000, "-3 dB", "1 h", "24 h", "5 ms",
    "3 kHz", "50 %", "-16 LUFS", "8 LU", "1:30", "-1 s",
    "a.end", "nobody.end - 3 s", "out0.end + 1 s", "$nobody",
    "${nobody}", "${1 dB + 1 s}", "${1/0}", "${(1)}", "${max()}",
    "$$", "${", "podcast", "wav", "mp3", "raw", "all", "..",
    "/", "/dev/zero", "/dev/null", "/tmp", "nofile.wav", "~",
    "a/b", "x/../y", "é", "\u202e", "a\tb", "line\nline", [], {},
    [[]], [{}], {"": ""}, [None], [1, 2], ["x"], {"use": "tone"},
    {"use": "gain"}, {"chain": []}, {"use": ["gain"]},
    {"chain": [{"use": "gain"}]}, {"a": {"b": {"c": []}}},
    {"from": {}}, {"from": "x", "bits": "16"}, {"at": 0}, "sum",
)  # fmt: skip
KEYS = (
    "use", "in", "key", "chain", "from", "bits", "format",
    "file", "title", "level", "gain", "length", "at", "until",
    "type", "default", "min", "max", "about", "choices",
    "unit", "rate", "inputs", "params", "nodes", "output",
    "outputs", "expect", "", "x", "a b", "a.b", "a/b", "é", "..", "loudness", "peak", "range", "duration",
    "a over b", "y" * 150,
)  # fmt: skip
OBJECTS: tuple[Callable[[], Any], ...] = (
    lambda: b"RIFF", lambda: bytearray(9), lambda: (np.zeros(3), 44_100),
    lambda: np.zeros((2, 3)), lambda: object(),
    lambda: np.float32(0.3), lambda: np.int64(3),
    lambda: float("nan"), lambda: float("inf"), lambda: {1, 2}, lambda: 1j,
    lambda: Path("nofile.wav"), lambda: Path("a\0b"),
    lambda: range(3), lambda: ..., lambda: "\ud800", lambda: 10**400,
    lambda: (np.zeros(3), "x"), lambda: (1, 2, 3), lambda: (),
    lambda: Path("x" * 5000), lambda: np.bool_(True),
)  # fmt: skip


def broken_text(text: str, rng: random.Random) -> str:
    """A graph with its text damaged, in one to four places."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        lines, at = text.split("\n"), rng.randrange(len(text) + 1)
        line = rng.randrange(len(lines))
        shape = rng.randrange(7)
        if shape == 0:
            text = text[:at] + text[at + rng.choice((1, 2, 9)) :]
        elif shape <= 2:
            text = text[:at] + rng.choice(PIECES) + text[at:]
        elif shape == 3:
            del lines[line]
        elif shape == 4:
            lines.insert(line, rng.choice(lines))
        elif shape == 5:
            lines[line] = rng.choice((" ", "  ", "\t")) + lines[line]
        else:
            lines[line] = lines[line].lstrip()
        if shape > 2:
            text = "\n".join(lines)
    return text


def broken_graph(graph: Any, rng: random.Random, values: Sequence[Any] = VALUES) -> Any:
    """A graph as plain data with one to four of its parts replaced, removed, renamed or doubled."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        part, key = rng.choice(list(_parts(graph)) or [(graph, None)])
        if key is None:
            return rng.choice(values)
        shape = rng.randrange(6)
        if shape <= 1:
            part[key] = rng.choice(values)
        elif shape == 2:
            del part[key]
        elif shape == 3 and isinstance(part, dict):
            part[rng.choice(KEYS)] = part.pop(key)
        elif shape == 4 and isinstance(part, dict):
            part[rng.choice(KEYS)] = rng.choice(values)
        else:
            _, other = rng.choice([(p, p[k]) for p, k in _parts(graph)] or [(None, None)])
            part[key] = yaml.safe_load(yaml.safe_dump(other)) if other is not graph else None
    return graph


def _parts(graph: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a graph, as what holds it and its key."""
    if isinstance(graph, (dict, list)):
        for key in list(graph) if isinstance(graph, dict) else range(len(graph)):
            yield graph, key
            yield from _parts(graph[key])


def dumped(graph: Any, rng: random.Random) -> str:
    """Broken data as YAML, without anchors."""

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, _: Any) -> bool:
            return True

    text: str = yaml.dump(
        graph, Dumper=Dumper, sort_keys=False, default_flow_style=rng.choice((None, True, False))
    )
    return text


def wrong_value(rng: random.Random) -> Any:
    """A value that a program may pass by mistake."""
    return rng.choice(VALUES) if rng.random() < 0.6 else rng.choice(OBJECTS)()


def mix(graph: Any, rng: random.Random) -> Mix:
    """The graph as a program builds it, with values of the wrong kind here and there."""

    def maybe(value: Any) -> Any:
        return wrong_value(rng) if rng.random() < 0.06 else value

    built = Mix(maybe("about"), maybe(graph.get("rate")))
    for name, declared in graph.get("params", {}).items():
        if isinstance(declared, dict):
            built.param(name, **{key: maybe(value) for key, value in declared.items()})
    for name, entry in graph["nodes"].items():
        values = {key: maybe(value) for key, value in entry.items() if key not in ("use", "in")}
        if "chain" in entry:
            links = entry["chain"] if rng.random() < 0.9 else [maybe(link) for link in entry["chain"]]
            built.chain(name, *links, feed=maybe(entry.get("in")))
        else:
            feed = [maybe(entry["in"])] if "in" in entry else []
            built.add(maybe(name), maybe(entry["use"]), *feed, **values)
    for name, entry in graph.get("outputs", {"": graph.get("output")}).items():
        options = dict(entry) if isinstance(entry, dict) else {"from": entry}
        node = options.pop("from")
        built.output(maybe(node), name, **{key: maybe(value) for key, value in options.items()})
    for figure, bound in graph.get("expect", {}).items():
        built.expect(maybe(figure), maybe(bound))
    return built
