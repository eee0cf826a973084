"""Options that several commands share, and how their text is read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from audiograph.cli.limiting import limiting
from audiograph.cli.standard_streams import STANDARD

F = TypeVar("F", bound=Callable[..., Any])
RATES = 4000, 768_000  # Hz


class FileName(click.Path):
    """The path of a file, or `-` for standard input or output; an empty one is wrong usage."""

    def __init__(self, dir_okay: bool = True) -> None:
        super().__init__(dir_okay=dir_okay, path_type=Path, allow_dash=True)

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> Any:
        if not str(value):
            self.fail("is empty: name a file", param, context)
        path = super().convert(value, param, context)
        return path.absolute() if path == STANDARD and str(value) != str(STANDARD) else path


class NewFile(FileName):
    """The path of a file to write, whose name every system takes."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> Any:
        from audiograph.audiofile.names import misnamed

        path = super().convert(value, param, context)
        if isinstance(path, Path) and (why := misnamed(path)):
            self.fail(why, param, context)
        return path


def graph_argument(command: F) -> F:
    """Add the argument GRAPH, a file; `-` is standard input."""
    return click.argument("graph", type=FileName())(command)


def planning(command: F) -> F:
    """Add the options that change the plan of a graph: --set, --rate, --nodes; and those of `limiting`."""
    command = limiting(command)
    for option in (nodes_option, rate_option, set_option):
        command = option(command)
    return command


def _settings(_: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """The text of every setting by its name; `language` parses it later."""
    texts = {}
    for setting in given:
        name, equals, text = (part.strip() for part in setting.partition("="))
        if not name or not text:
            missing = "'='" if not equals else "name" if not name else "value"
            raise click.BadParameter(f"{setting!r} has no {missing}: write NAME=VALUE", param=param)
        texts[name] = text
    return texts


def _rate(_: click.Context, param: click.Parameter, text: str | None) -> int | None:
    """A rate in Hz, from "48 kHz" or "48000"."""
    return None if text is None else round(_quantity(param, text, "sample rate", "Hz", *RATES))


def _quantity(param: click.Parameter, text: str, about: str, unit: str, least: float, most: float) -> float:
    """A number in its base unit (s or Hz), from its text."""
    from audiograph.language.parameter import Quantity
    from audiograph.language.quantity import Wrong

    try:
        return float(Quantity(None, about, unit, least, most).read(text))
    except Wrong as error:
        raise click.BadParameter(str(error), param=param) from None


def time_option(
    flag: str, name: str, default: str, least: float, most: float, about: str
) -> Callable[[F], F]:
    """An option that takes a time, such as "15 min"."""

    def read(_: click.Context, param: click.Parameter, text: str) -> float:
        return _quantity(param, text, "time", "s", least, most)

    return click.option(
        flag, name, metavar="TIME", default=default, show_default=True, callback=read, help=about
    )


def _names(_: click.Context, param: click.Parameter, text: str | None) -> tuple[str, ...]:
    """The names between commas."""
    names = tuple(filter(None, (part.strip() for part in (text or "").split(","))))
    if text is not None and not names:
        raise click.BadParameter("names no licence: write A,B", param=param)
    return names


set_option = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    callback=_settings,
    help="A parameter of the graph, or NODE.PARAMETER=VALUE. May be repeated.",
)
rate_option = click.option(
    "--rate",
    metavar="RATE",
    callback=_rate,
    help="Sample rate of the mix, such as '48 kHz'; by default that of the graph.",
)
nodes_option = click.option(
    "--nodes",
    "files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A Python file with node types of your own; it is executed. May be repeated.",
)
licences_option = click.option(
    "--licences",
    metavar="A,B,...",
    callback=_names,
    help="Refuse sounds under any other licence or without one. CC-BY allows all of its versions.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="JSON instead of text.")
