"""`audiograph new`: write working files to start from."""

import sys
from collections.abc import Mapping
from keyword import iskeyword
from pathlib import Path
from re import fullmatch

import click

from audiograph.cli.formatting import say


@click.group()
def new() -> None:
    """Write a node, a recipe or a graph to start from.

    The files are written into the current folder and work as they are. No file is ever overwritten.
    """


@new.command()
@click.argument("name")
@click.option("--timeline", "is_timeline", is_flag=True, help="A node that sets its own pace, as loop does.")
def node(name: str, is_timeline: bool) -> None:
    """Write the node type NAME and its test: NAME.py and test_NAME.py."""
    from importlib.util import find_spec

    from audiograph.graph.catalog import catalog, recipes

    if not fullmatch(r"[a-z][a-z0-9_]*", name) or iskeyword(name):
        raise click.UsageError(f"{name!r} is not a valid name for a node: use small letters, digits and _")
    if name in {*catalog(), *recipes()}:
        raise click.UsageError(f"{name!r} is a node type already: choose another name")
    kind, module = ("timeline" if is_timeline else "effect"), _permitted(Path(f"{name}.py"))
    if not module.exists() and (name in sys.stdlib_module_names or find_spec(name)):
        raise click.UsageError(f"{name!r} is a Python module already: choose another name")
    _write(name, {module: f"{kind}.py", Path(f"test_{name}.py"): f"test_{kind}.py"})
    say(f"try: pytest test_{name}.py; audiograph nodes {name} --nodes {name}.py")


@new.command()
@click.argument("name")
def recipe(name: str) -> None:
    """Write the recipe NAME.yaml, a graph that is used as a node."""
    path = _graph_file(name)
    _write(path.stem, {path: "recipe.yaml"})
    say(f"try, as a node of a graph: {{use: ./{path}, in: voice}}")


@new.command()
@click.argument("name")
def graph(name: str) -> None:
    """Write the graph NAME.yaml, which can be rendered."""
    path = _graph_file(name)
    _write(path.stem, {path: "graph.yaml"})
    say(f"try: audiograph render {path}; for your editor: audiograph schema -o audiograph.json")


def _graph_file(name: str) -> Path:
    stem = name.removesuffix(".yaml")
    if not fullmatch(r"[^\W\d][\w-]*", stem):
        raise click.UsageError(f"{name!r} is not a valid name for a file: use letters, digits, _ and -")
    return _permitted(Path(f"{stem}.yaml"))


def _permitted(path: Path) -> Path:
    """The path of a new file; raises UsageError if a system refuses its name, as Windows does con.yaml."""
    from audiograph.audiofile.names import misnamed

    if why := misnamed(path):
        raise click.UsageError(why)
    return path


def _write(name: str, templates: Mapping[Path, str]) -> None:
    """Write every file from its template, or none."""
    existing = [str(path) for path in templates if path.exists()]
    if existing:
        raise click.UsageError(
            f"{' and '.join(existing)} exist{'s' * (len(existing) == 1)}: nothing was written"
        )
    from audiograph.audiofile.text_files import write_texts

    write_texts({path: _filled(template, name) for path, template in templates.items()})
    for path in templates:
        click.echo(f"wrote {path}")


def _filled(template: str, name: str) -> str:
    from importlib.resources import files

    text = (files("audiograph") / "scaffold" / f"{template}.txt").read_text(encoding="utf-8")
    words = name.replace("-", "_").split("_")
    values = {
        "{{name}}": name,
        "{{Name}}": "".join(map(str.capitalize, words)),
        "{{title}}": " ".join(filter(None, words)).capitalize(),
    }
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text
