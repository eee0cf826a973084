"""The packages of audiograph: no circular imports, few entries, and an up-to-date picture of them."""

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "house"


@pytest.fixture(scope="module")
def house():
    loader = SourceFileLoader("house", str(SCRIPT))
    module = module_from_spec(spec_from_loader("house", loader))
    loader.exec_module(module)
    return module


def package(folder: Path, **files: str) -> Path:
    root = folder / "audiograph"
    for name, text in {"__init__": "", **files}.items():
        path = root / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_the_house_is_in_order(house):
    assert house.problems() == []


def test_the_picture_of_the_house_is_up_to_date(house):
    assert house.PICTURE.read_text() == house.picture(), "run scripts/house"


def test_every_room_has_a_row_and_a_sentence(house):
    picture = house.picture()
    for layer in house.layers():
        for room in layer:
            assert f">{room}" in picture and house.about(room), room


def test_imports_in_functions_and_for_type_checkers_count(house, tmp_path):
    lazy = "def f():\n    from audiograph import b\n"
    typed = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from audiograph.c import Name\n"
    found = house.imports(package(tmp_path, a=lazy, b=typed, c="import audiograph.a, os\n"))
    assert found == {"a": {"b"}, "b": {"c"}, "c": {"a"}}
    assert set(house.circle(found)) == {"a", "b", "c"}


def test_a_circle_and_a_crowd_are_told(house, tmp_path):
    crowd = {f"file{n}": "" for n in range(9)}
    root = package(tmp_path, a="import audiograph.b", b="import audiograph.a", **crowd)
    circle, crowded = house.problems(root)
    assert circle in (f"modules import each other: {way}" for way in ("a > b > a", "b > a > b"))
    assert crowded.startswith("audiograph/ has 12 files, at most 9")
