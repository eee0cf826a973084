"""The graphs in the documents can be planned, and are valid in an editor."""

import re
from pathlib import Path

import pytest
from command import run
from jsonschema import Draft7Validator

from audiograph import graph
from audiograph.engine import run as engine
from audiograph.errors import GraphError
from audiograph.graph.build import TOP
from audiograph.graph.catalog import catalog, recipes
from audiograph.graph.catalog_entries import catalog_entries
from audiograph.language import document
from audiograph.language.document import Entry
from audiograph.plan import Plan
from audiograph.rendering.loading import load
from audiograph.views.drawings import svg
from audiograph.views.outline import regions
from audiograph.views.schema import schema

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
AROUND = """\
params: {bed: -10 dB, lead: 2 s}
nodes:
  voice:  {use: source, file: audio/voice.mp3}
  music:  {use: source, file: audio/music.ogg}
  speech: {use: place, in: voice, at: 2 s}
"""


def graphs(page: str) -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```", (DOCS / page).read_text(), re.M | re.S)


SHOWN = [text for page in ("index.md", "language.md", "engine.md") for text in graphs(page)]
WHOLE = [text for text in SHOWN if "nodes:" in text and "inputs:" not in text]
LINES = [text for text in SHOWN if re.search(r"^\s*use:|\{use:", text, re.M) and "nodes:" not in text]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with the sounds and recipes of the documents."""
    found = tmp_path_factory.mktemp("docs")
    (found / "audio").symlink_to(ROOT / "graphs" / "audio")
    for text in SHOWN:
        if "inputs:" in text:
            path = found / text.partition("\n")[0].removeprefix("# ")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
    return found


@pytest.fixture(scope="module")
def validator() -> Draft7Validator:
    return Draft7Validator(schema(catalog_entries(catalog(), recipes())))


def planned(found: Entry, folder: Path) -> Plan:
    return engine.planned(graph.build(found, catalog(), {}, folder))


def surrounded(text: str) -> list[Entry]:
    """A graph for each of some lines of nodes, which is its output."""
    around, lines = document.parse(AROUND), document.parse(text)
    nodes = {**around["nodes"], **lines}
    return [Entry({**around, "nodes": Entry(nodes), "output": name}) for name in lines]


@pytest.mark.parametrize("text", WHOLE)
def test_every_graph_of_the_documents_is_planned(text, folder, validator):
    found = document.parse(text)
    validator.validate(found)
    assert planned(found, folder).graph.targets


@pytest.mark.parametrize("text", LINES)
def test_every_node_of_the_documents_is_planned(text, folder, validator):
    for found in surrounded(text):
        validator.validate(found)
        assert planned(found, folder).graph.targets


@pytest.mark.parametrize("text", [text for text in SHOWN if "inputs:" in text])
def test_an_editor_takes_the_recipes_of_the_documents(text, validator):
    validator.validate(document.parse(text))


def test_the_parameters_of_the_language_page_are_as_it_says():
    (text,) = [text for text in graphs("language.md") if text.startswith("params:")]
    found = Entry(
        {**document.parse(text), "nodes": document.parse("a: {use: tone, length: 1 s}"), "output": "a"}
    )
    params = graph.build(found, catalog(), {"voice": "x.wav"}).params
    assert params["pause"][0].unit == "s" and params["lead"][1] == 2
    with pytest.raises(GraphError, match="voice: has no default"):
        graph.build(found, catalog())


def test_the_names_of_the_language_page_are_those_of_the_plan(folder):
    (text,) = [text for text in LINES if "warm/compressor" in text]
    assert {"warm/filter", "warm/compressor", "warm/gain"} <= set(
        planned(surrounded(text)[0], folder).graph.nodes
    )
    (text,) = [text for text in LINES if "in: {use: tone" in text]
    assert {"place/in", "both/in2"} <= set(planned(surrounded(text)[0], folder).graph.nodes)


def test_the_files_of_the_language_page_are_called_as_it_says(folder, tmp_path):
    (text,) = [text for text in WHOLE if "stems/voice" in text]
    (folder / "mix.yaml").write_text(text)
    told = run("render", folder / "mix.yaml", "-o", tmp_path, "--dry-run").stdout
    for name in ("final.wav", "share.mp3", "stems/voice.wav"):
        assert f"would write {tmp_path / name}" in told


def test_every_section_of_a_graph_is_in_the_language_page():
    page = (DOCS / "language.md").read_text()
    assert [key for key in TOP if f"`{key}`" not in page] == []


@pytest.mark.parametrize("name", ["nodes.md", "recipes.md"])
def test_the_reference_is_up_to_date(name):
    from audiograph.views.reference import pages

    written = (DOCS / "reference" / name).read_text()
    assert written == pages()[name], "run: python -m audiograph.views.reference docs/reference"


def test_every_page_can_be_found_and_every_page_to_be_found_is_there():
    nav = re.findall(r"^  - .*: (.*\.md)$", (ROOT / "mkdocs.yml").read_text(), re.M)
    pages = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md") if path.parent.name != "decisions"}
    assert sorted(nav) == sorted(pages | {"decisions/README.md"})


def test_an_anchor_is_that_of_a_heading():
    for page in DOCS.rglob("*.md"):
        for path, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", page.read_text()):
            target = (page.parent / path) if path else page
            headings = re.findall(r"^#+ (.*)", target.read_text(), re.M)
            assert anchor in [heading.lower().replace(" ", "-") for heading in headings], (page.name, anchor)


def test_the_picture_of_the_engine_is_that_of_the_graph():
    picture = (DOCS / "engine.svg").read_text()
    plan = load(ROOT / "graphs" / "voice_over.yaml")
    drawn = set(re.findall(r">([\w/]+)</text>", picture)) - {"key"}
    assert drawn == {name if name == "music/in" else name.removeprefix("music/") for name in plan.graph.nodes}
    parts = regions(plan)
    assert list(parts) == ["A", "B", "C", "D"]
    assert (parts["A"], parts["B"]) == (["level"], ["music/compressor"])


def test_the_pictures_of_the_readme_are_those_of_the_graph():
    drawn = (DOCS / "voice_over.svg").read_text()
    again = "audiograph show graphs/voice_over.yaml --svg docs/voice_over.svg"
    assert drawn == svg(load(ROOT / "graphs" / "voice_over.yaml").graph), f"run: {again}"
    assert "mix.wav" in (DOCS / "voice_over_sound.svg").read_text()


def test_the_modules_that_the_documents_name_are_there():
    pages = [*DOCS.rglob("*.md"), ROOT / "CONTRIBUTING.md", ROOT / "README.md"]
    named = [
        path
        for page in pages
        for path in re.findall(r"`(?!numba/)((?:[a-z_]+/)+(?:[a-z_]+\.py)?)`", page.read_text())
    ]
    assert len(named) >= 40
    places = (ROOT, ROOT / "audiograph", ROOT / "benchmarks")
    assert [path for path in named if not any((place / path).exists() for place in places)] == []


def test_what_the_engine_page_says_where_to_look_for_is_there():
    table = (DOCS / "engine.md").read_text().partition("| what | where |")[2].partition("\n\n")[0]
    places = re.findall(r"`([\w/]+(?:\.py|/))`(?:: ((?:`\w+`(?:, )?)+))?", table)
    assert len(places) >= 20
    for path, names in places:
        place = ROOT / "audiograph" / path
        texts = [file.read_text() for file in ([place] if place.is_file() else place.glob("*.py"))]
        for name in re.findall(r"`(\w+)`", names):
            assert any(re.search(rf"^ *(?:class|def) {name}\b|^{name}\b", text, re.M) for text in texts), (
                path,
                name,
            )
