"""`audiograph schema`: a JSON Schema of graph files, for editors."""

from pathlib import Path

import click

from audiograph.cli.options import NewFile, nodes_option
from audiograph.cli.standard_streams import STANDARD, check_kept, write_text


@click.command()
@nodes_option
@click.option("-o", "--out", type=NewFile(), help="File to write it to.")
def schema(files: tuple[Path, ...], out: Path | None) -> None:
    """Print a JSON Schema of graph files, for editors.

    It describes every installed node type and recipe, with units, ranges and help. In an editor with the
    YAML language server, begin a graph with

        # yaml-language-server: $schema=audiograph.json
    """
    import json

    from audiograph.graph.catalog import catalog, recipes
    from audiograph.graph.catalog_entries import catalog_entries
    from audiograph.views.schema import schema as described

    if out:
        check_kept("-o", out, files, "command")
    entries = catalog_entries(catalog(files), recipes())
    text = json.dumps(described(entries), indent=1, ensure_ascii=out in (None, STANDARD)) + "\n"
    if out:
        write_text(out, text)
    else:
        click.echo(text, nl=False)
