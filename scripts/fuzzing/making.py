"""Random graphs that are right: every node type and recipe, in any wiring, with values of every kind."""

import random
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from audiograph import audiofile
from audiograph.graph.catalog import catalog, recipes
from audiograph.graph.catalog_entries import CatalogEntry, catalog_entries
from audiograph.graph.params import UNITS
from audiograph.language.parameter import (
    FAR,
    REQUIRED,
    TARGETS,
    Choice,
    File,
    Flag,
    Loudness,
    MomentParam,
    Param,
    Quantity,
    Whole,
)
from audiograph.language.rows import Rows

RATES = (8000, 11_025, 16_000, 22_050, 32_000, 48_000, 96_000, 12_345)
NAMES = ("voice", "musik_ü", "a-b", "take_7", "Über", "x", "voix_é", "bass", "n", "sum", "gain")
LENGTHENING = ("length", "at", "until", "gap", "lead", "tail", "pause", "intro", "outro", "apart", "ring")
EDGES = {"start": (0.0, 0.1), "end": (0.15, 1.5), "length": (0.02, 1.5), "until": (0.1, 2.0)}  # s
EXPECTED = {"loudness": "-16 LUFS ± 3", "peak": "<= -1 dB", "range": "<= 20 LU"}  # whether met or not
SOUND_FORMATS = ("wav", "flac", "ogg", "mp3", "aiff")


def sounds(folder: Path) -> list[Path]:
    """Short sound files of several formats, channels and rates, in the folder."""
    rng, paths = np.random.default_rng(2), []
    for index, kind in enumerate(SOUND_FORMATS):
        path = folder / f"sound{index}.{kind}"
        channels, rate = (1, 2, 1, 2, 6)[index], (44_100, 48_000, 22_050, 16_000, 8000)[index]
        frames = rate * (index + 1) // 5
        swell = np.sin(np.arange(frames) / rate * 9) ** 4 * 0.4
        with audiofile.Writer(path, rate, channels, audiofile.encoding(path), frames) as file:
            file.write((swell * rng.uniform(-1, 1, (channels, frames))).astype(np.float32))
        paths.append(path)
    return paths


@cache
def entries() -> Mapping[str, CatalogEntry]:
    """Every node type and recipe."""
    return catalog_entries(catalog(), recipes())


class Making:
    """One random graph. `files` are sound files that it may read, relative to its folder."""

    def __init__(self, rng: random.Random, files: Sequence[str], first: str = "") -> None:
        self.rng, self.files = rng, files
        self.first = first  # a type that must occur
        self.params: dict[str, Any] = {}
        self.nodes: dict[str, Any] = {}
        self.units: dict[str, list[str]] = {}  # base unit -> names of parameters
        self.unread: list[str] = []
        self.inputs: list[str] = []  # of a recipe
        self.rate = 44_100

    def graph(self) -> dict[str, Any]:
        """A graph as plain data."""
        rng, top = self.rng, dict[str, Any]()
        if rng.random() < 0.5:
            top["rate"] = self.rate = rng.choice(RATES)
        self.declare()
        self.make(rng.choice((1, 2, 3, 5, 8, 8, 14)))
        if self.params:
            top["params"] = self.params
        top["nodes"] = self.nodes
        top |= self.outputs()
        return top

    def recipe(self) -> dict[str, Any]:
        """A recipe as plain data."""
        self.inputs = ["in", "key?"][: self.rng.choice((1, 1, 2))]
        self.declare()
        self.unread = ["in"]
        self.make(self.rng.choice((1, 2, 4)))
        names = list(self.nodes)
        outs: dict[str, Any] = {"output": names[-1]}
        if self.rng.random() < 0.3:
            outs = {"outputs": {f"out{n}": name for n, name in enumerate(self.rng.sample(names, 1))}}
        return {"inputs": self.inputs, "params": self.params, "nodes": self.nodes, **outs}

    def make(self, count: int) -> None:
        """Make nodes; the last are of the type that must occur, and what feeds it."""
        for _ in range(count):
            self.node(self.rng.choice(self.choices()))
        if self.first:
            self.node(self.first)

    def choices(self) -> list[str]:
        """The types that can be made now: without a sound, only sources."""
        return [name for name, each in entries().items() if self.names() or not each.inputs]

    def names(self) -> list[str]:
        """What may feed a node: nodes, and inputs of a recipe."""
        return [*self.nodes, *(name for name in self.inputs if not name.endswith("?"))]

    def node(self, kind: str) -> str:
        """Add a node of a type, after what feeds it."""
        while not self.names() and entries()[kind].inputs:
            self.node(self.rng.choice(("tone", "noise", "source")))
        rng = self.rng
        name = f"{rng.choice(NAMES)}{len(self.nodes)}"
        if entries()[kind].inputs and rng.random() < 0.2:
            links = [self.entry(kind, chained=True)]
            links += [self.entry(rng.choice(self.links()), chained=True) for _ in range(rng.randrange(3))]
            entry: dict[str, Any] = {"in": self.feed(), "chain": links}
            if not self.can_chain(kind):
                entry = self.entry(kind)
        else:
            entry = self.entry(kind)
        self.nodes[name] = entry
        self.unread.append(name)
        return name

    def can_chain(self, kind: str) -> bool:
        """Whether a type can be a link: what feeds its first input is all it needs."""
        return len([port for port in entries()[kind].inputs if not port.optional]) == 1

    def links(self) -> list[str]:
        """The types that can be links of a chain."""
        return [name for name in entries() if self.can_chain(name)]

    def entry(self, kind: str, chained: bool = False) -> dict[str, Any]:
        """A node as plain data."""
        rng, about = self.rng, entries()[kind]
        entry: dict[str, Any] = {"use": kind}
        for index, port in enumerate(about.inputs):
            if (chained and index == 0) or (port.optional and rng.random() < 0.5):
                continue
            entry[port.name] = self.feed()
        needed = ("length", "until", "end") if rng.random() < 0.85 else ()
        for name, param in about.params.items():
            if name in (*needed, "points") or param.default is REQUIRED or rng.random() < 0.35:
                value = self.value(name, param)
                if value is not None:
                    entry[name] = value
        return entry

    def feed(self, depth: int = 0) -> Any:
        """What feeds an input: a name, several, with gains or without, or a node."""
        rng, shape = self.rng, self.rng.random()
        if shape < 0.72 or depth > 1:
            return self.output()
        if shape < 0.82:
            return [self.output() for _ in range(rng.choice((1, 2, 3)))]
        if shape < 0.92:
            gain = Quantity(0.0, "", "dB", -60.0, 20.0)
            return {self.output(): self.value("gain", gain) for _ in range(rng.choice((1, 2, 3)))}
        return self.entry(rng.choice([name for name, each in entries().items() if not each.inputs]))

    def output(self) -> str:
        """The name of a node, mostly one that nothing reads yet; of its outputs, one."""
        rng = self.rng
        name = rng.choice(self.unread if self.unread and rng.random() < 0.7 else self.names())
        if name in self.unread:
            self.unread.remove(name)
        use = self.nodes.get(name, {}).get("use", "")
        outs = entries()[use].outputs if use in entries() else ()
        return f"{name}.{rng.choice(outs)}" if len(outs) > 1 and rng.random() < 0.5 else name

    def value(self, name: str, param: Param) -> Any:
        """A value of a parameter, written in one of the ways that a graph may; None for none."""
        rng = self.rng
        if isinstance(param, Loudness) and rng.random() < 0.5:
            return rng.choice(list(TARGETS))
        if isinstance(param, Quantity):
            return self.quantity(name, param)
        if isinstance(param, Choice):
            return rng.choice(param.names)
        if isinstance(param, Flag):
            return rng.random() < 0.5
        if isinstance(param, File):
            return rng.choice(self.files) if self.files else "sound.wav"
        if isinstance(param, MomentParam):
            return self.moment(name)
        if isinstance(param, Rows):
            return None if name == "gains" else self.rows(param)
        return "CC0, a name"

    def moment(self, name: str) -> str:
        """A time, or an edge of a node with times added."""
        rng = self.rng
        if name in EDGES and rng.random() < 0.8:
            return f"{rng.uniform(*EDGES[name]):.4f} s"
        seconds = round(rng.choice((0, rng.uniform(0, 0.5), rng.uniform(0, 2))), 4)
        if rng.random() < 0.5 and self.nodes:
            sign, edge = rng.choice("+++-"), rng.choice(("start", "end", "end"))
            more = f" {sign} {seconds} s" if rng.random() < 0.7 else ""
            return f"{rng.choice(list(self.nodes))}.{edge}{more}"
        return f"{seconds} s"

    def rows(self, param: Rows) -> list[dict[str, Any]]:
        """Rows with some of the columns; moments in order."""
        times, table = 0.0, []
        for _ in range(self.rng.choice((1, 1, 2, 4))):
            row = {}
            for name, column in param.columns.items():
                if isinstance(column, MomentParam):
                    times += self.rng.uniform(0, 0.3)
                    row[name] = f"{times:.4f} s"
                elif self.rng.random() < 0.7:
                    row[name] = self.value(name, column)
            table.append(row)
        return table

    def quantity(self, name: str, param: Quantity) -> Any:
        """A number within the range, in one of its units, or by a parameter of the graph."""
        rng, unit = self.rng, param.unit
        lo, hi = max(param.lo, -200.0), min(param.hi, 1e6)
        if unit == "Hz" and name != "rate":
            hi = max(lo, min(hi, 0.45 * self.rate))
        if name in EDGES and rng.random() < 0.9:
            return self.text(rng.uniform(*EDGES[name]), unit)
        if unit == "s":
            long = 2.0 if name in LENGTHENING else hi
            hi = min(hi, rng.choice((0.1, 0.5, 1.0, long)))
        if name == "order" and rng.random() < 0.8:
            return rng.choice((4, 8))
        if isinstance(param, Whole):
            return rng.randint(int(lo), int(min(hi, lo + rng.choice((1, 3, 9)))))
        usual = float(param.default) if isinstance(param.default, (int, float)) else lo
        value = rng.choice((lo, hi, usual, rng.uniform(lo, hi), rng.uniform(lo, hi), rng.uniform(lo, hi)))
        if unit == "Hz" and lo > 0 and rng.random() < 0.7:
            value = lo * (hi / lo) ** rng.random()
        if self.units.get(unit) and rng.random() < 0.15:
            named = rng.choice(self.units[unit])
            return rng.choice((f"${named}", f"${{{named}}}", f"${{max({named}, {self.text(value, unit)})}}"))
        return self.text(min(max(value, param.lo), param.hi), unit)

    def text(self, value: float, unit: str) -> Any:
        """A number as text: in one of the units, or bare."""
        shape = self.rng.random()
        if shape < 0.15:
            return value
        if unit == "s":
            return f"{value * 1000!r} ms" if shape < 0.4 else f"{value!r} s"
        if unit == "Hz":
            return f"{value / 1000!r} kHz" if shape < 0.4 and value > 1 else f"{value!r} Hz"
        return f"{value!r} {unit}" if unit else value

    def declare(self) -> None:
        """Declare parameters, with a range that nothing leaves."""
        for kind, unit in self.rng.sample(list(UNITS.items()), self.rng.choice((0, 0, 1, 2))):
            name = f"p_{kind}"
            low = {"dB": -40.0, "s": 0.1, "Hz": 200.0, "": 0.2, "LUFS": -30.0}[unit]
            value = low * self.rng.uniform(0.5, 1)
            self.params[name] = {"type": kind, "default": self.text(value, unit), "min": -FAR, "max": FAR}
            if unit and self.rng.random() < 0.2:
                self.params[name] = f"{value!r} {unit}"
            self.units.setdefault(unit, []).append(name)

    def outputs(self) -> dict[str, Any]:
        """One output or several, and what is expected of them."""
        rng, names = self.rng, list(self.nodes)
        count = rng.choice((1, 1, 1, 2, 3))
        chosen = [*reversed(self.unread), *reversed(names)][:count]
        for index, name in enumerate(chosen):
            if rng.random() < 0.8:
                ended = f"out{index}"
                self.nodes[ended] = {"use": "trim", "in": name, "end": f"{rng.uniform(0.1, 1.5):.3f} s"}
                chosen[index] = ended
        expects = EXPECTED if rng.random() < 0.3 else {}
        if len(chosen) == 1:
            return {"output": self.written(chosen[0]), **({"expect": expects} if expects else {})}
        outputs = {f"o{index}": self.written(name) for index, name in enumerate(chosen)}
        return {"outputs": outputs, **({"expect": {"o0": expects}} if expects else {})}

    def written(self, name: str) -> Any:
        """An output as plain data."""
        shape = self.rng.random()
        if shape < 0.5:
            return name
        if shape < 0.8:
            return {"from": name, "bits": self.rng.choice((16, 24, 32)), "title": "Ä title"}
        return {"from": name, "format": self.rng.choice(("flac", "ogg", "mp3", "aiff"))}


def text(graph: dict[str, Any], rng: random.Random) -> str:
    """A graph as YAML, in one of its styles."""
    style = rng.choice((None, False, True))
    written: str = yaml.safe_dump(
        graph, default_flow_style=style, sort_keys=False, allow_unicode=True, width=rng.choice((60, 10_000))
    )
    return written
