"""The options that verbs share, and how their text is read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
RATES = 4000, 768_000  # Hz


def graph_argument(verb: F) -> F:
    """GRAPH, a file."""
    return click.argument("graph", type=click.Path(path_type=Path))(verb)


def planning(verb: F) -> F:
    """What changes the plan of a graph: --set, --rate, --nodes."""
    for option in (nodes_option, rate_option, set_option):
        verb = option(verb)
    return verb


def _settings(_: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """The text of every setting by its name; reading it is left to the language."""
    found = {}
    for setting in given:
        name, equals, text = (part.strip() for part in setting.partition("="))
        if not name or not text:
            missing = "'='" if not equals else "name" if not name else "value"
            raise click.BadParameter(f"{setting!r} has no {missing}: write NAME=VALUE", param=param)
        found[name] = text
    return found


def _rate(_: click.Context, param: click.Parameter, text: str | None) -> int | None:
    """A rate in Hz, from "48 kHz" or "48000"."""
    return None if text is None else round(_quantity(param, text, "sample rate", "Hz", *RATES))


def _quantity(param: click.Parameter, text: str, about: str, unit: str, least: float, most: float) -> float:
    """A number in its base unit, from its text."""
    from audiograph.language.parameter import Quantity
    from audiograph.language.quantity import Wrong

    try:
        return float(Quantity(None, about, unit, least, most).read(text))
    except Wrong as error:
        raise click.BadParameter(str(error), param=param) from None


def time_option(
    word: str, name: str, default: str, least: float, most: float, about: str
) -> Callable[[F], F]:
    """An option that takes a time, such as "15 min"."""

    def read(_: click.Context, param: click.Parameter, text: str) -> float:
        return _quantity(param, text, "time", "s", least, most)

    return click.option(
        word, name, metavar="TIME", default=default, show_default=True, callback=read, help=about
    )


def _names(_: click.Context, param: click.Parameter, text: str | None) -> tuple[str, ...]:
    """The names between commas."""
    found = tuple(filter(None, (part.strip() for part in (text or "").split(","))))
    if text is not None and not found:
        raise click.BadParameter("names no licence: write A,B", param=param)
    return found


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
    help="Sample rate of the mix, such as '48 kHz'; else what the graph says.",
)
nodes_option = click.option(
    "--nodes",
    "files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A Python file with node types of your own. It is run. May be repeated.",
)
licences_option = click.option(
    "--licences",
    metavar="A,B,...",
    callback=_names,
    help="Refuse a sound under any other licence, or one that states none. CC-BY is any version of it.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="JSON instead of text.")
