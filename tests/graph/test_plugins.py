"""Node types and recipes from outside: from a file, and from installed packages, sound or broken."""

import logging
from itertools import count

import numpy as np
import pytest
from command import environment, graph, process, run
from conftest import heard, noise

from audiograph.engine.run import Run
from audiograph.errors import GraphError
from audiograph.graph import plugins
from audiograph.graph.catalog import catalog, recipes
from audiograph.kernel import kernel
from audiograph.node import Effect, Setup, effect
from audiograph.testing import battery
from audiograph.units import number

NODE = """\
from audiograph.node import Effect, Setup, effect

@effect
def {name}(setup: Setup) -> Effect:
    '''Leaves the sound as it is.'''
    return Effect(lambda x, y, c, s: y.__setitem__(..., x), memory=0)
"""
RECIPE = "inputs: [in]\nnodes:\n  soft: {use: gain, in: in, level: -6 dB}\noutput: soft\n"
_numbers = count()


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Installs a package with one module of this source, or with a recipe of this name."""

    def install(source: str = "", recipe: str = "") -> str:
        package = f"stranger_{next(_numbers)}"
        folder = tmp_path / "site"
        (folder / package).mkdir(parents=True)
        (folder / package / "__init__.py").write_text(source)
        if recipe:
            (folder / package / f"{recipe}.yaml").write_text(RECIPE)
        info = folder / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        group = "recipes" if recipe else "nodes"
        (info / "entry_points.txt").write_text(f"[audiograph.{group}]\nall = {package}\n")
        monkeypatch.syspath_prepend(folder)
        plugins.forget()
        return package

    yield install
    plugins.forget()


def using(folder, kind):
    text = f"nodes:\n  a: {{use: tone, length: 1 s}}\n  b: {{use: {kind}, in: a}}\noutput: b\n"
    return graph(folder, text)


def test_the_nodes_and_recipes_of_an_installed_package_are_there(install, tmp_path):
    install(NODE.format(name="leave"))
    install(recipe="softly")
    assert "Leaves the sound as it is." in run("nodes", "leave").stdout
    for kind in ("leave", "softly"):
        assert run("check", using(tmp_path, kind)).exit_code == 0


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import nothing_of_this_name", "ModuleNotFoundError: No module named 'nothing_of_this_name'"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("raise ValueError('two\\nlines')", "ValueError: two lines"),
        ("def f(:", "SyntaxError: "),
    ],
)
def test_a_broken_package_is_named_once_and_the_rest_goes_on(install, tmp_path, caplog, source, said):
    package = install(source)
    install(NODE.format(name="leave"))
    with caplog.at_level(logging.WARNING, "audiograph"):
        assert {"gain", "leave"} <= set(catalog()) and catalog() == catalog()
    (warned,) = [record.getMessage() for record in caplog.records]
    assert warned.startswith(f"{package} ({package}) cannot be used and is left out: {said}")
    assert run("check", using(tmp_path, "leave")).exit_code == 0
    result = run("check", using(tmp_path, "chorus"))
    assert result.exit_code == 2
    assert f"'chorus' is not a node type; {package} ({package}), which may have it, cannot" in result.stderr


def test_the_command_reports_a_broken_package_in_one_line(install, tmp_path):
    package = install("import nothing_of_this_name")
    env = environment()
    result = process("nodes", env={**env, "PYTHONPATH": f"{tmp_path / 'site'}:{env['PYTHONPATH']}"})
    assert result.returncode == 0 and result.stdout.startswith("node")
    assert result.stderr.startswith(package) and result.stderr.count("\n") == 1


def test_two_types_of_one_name_are_refused_naming_both_packages(install, tmp_path):
    package = install(NODE.format(name="leave"))
    (tmp_path / "mine.py").write_text(NODE.format(name="leave"))
    with pytest.raises(GraphError, match=rf"mine.py: leave: two node types .* in {package}"):
        catalog([tmp_path / "mine.py"])
    install(NODE.format(name="gain"))
    with pytest.raises(GraphError, match="gain: two node types have this name: one is in audiograph"):
        catalog()


def test_a_recipe_of_a_name_that_is_taken_is_refused(install):
    install(recipe="bed")
    with pytest.raises(GraphError, match=r"bed: two node types .* in .*audiograph/recipes/bed.yaml"):
        recipes()


def test_a_recipe_and_a_node_type_of_one_name_are_refused(install):
    install(NODE.format(name="bed"))
    with pytest.raises(GraphError, match=r"bed: two node types .* in .*audiograph/recipes/bed.yaml"):
        catalog()


def test_a_recipe_named_as_a_node_type_is_refused(install):
    install(recipe="gain")
    with pytest.raises(GraphError, match=r"gain.yaml: gain: two node types .* one is in audiograph$"):
        catalog()


def test_a_file_that_is_broken_or_leaves_is_an_error(tmp_path):
    (tmp_path / "leaves.py").write_text("raise SystemExit(0)")
    with pytest.raises(GraphError, match=r"leaves.py: cannot be used: SystemExit: 0"):
        catalog([tmp_path / "leaves.py"])


# Plain numpy: the same as machine code, and nothing but the numpy it calls.


@effect
def drive(setup: Setup, by: float = number(2, 0.1, 100, "how hard it is driven")) -> Effect:
    """Louder, and cut off at full scale."""

    def run(x, y, c, s):
        np.multiply(x, c, out=y)
        np.clip(y, -1, 1, out=y)

    return Effect(run, np.float32(by), memory=0)


@kernel
def _driven(x, y, c, s):
    for ch in range(x.shape[0]):
        for n in range(x.shape[1]):
            y[ch, n] = min(max(x[ch, n] * c, np.float32(-1)), np.float32(1))


@effect
def compiled_drive(setup: Setup, by: float = number(2, 0.1, 100, "how hard it is driven")) -> Effect:
    """Louder, and cut off at full scale, as a kernel."""
    return Effect(_driven, np.float32(by), memory=0)


TWINS = """\
nodes:
  a: {use: clip, name: a}
  plain: {use: drive, in: a, by: 3.7}
  fast: {use: compiled_drive, in: a, by: 3.7}
output: plain
"""


def test_a_node_in_plain_numpy_and_its_compiled_twin_agree_to_the_last_bit(plan):
    p = plan(TWINS, more=(drive, compiled_drive), a=noise(2, 50_000))
    plain, fast = heard(p, "plain"), heard(p, "fast")
    assert np.abs(plain).max() == 1 and plain.tobytes() == fast.tobytes()


test_drive_keeps_every_promise = battery(drive)
test_compiled_drive_keeps_every_promise = battery(compiled_drive)


def test_plain_numpy_is_called_once_a_block_on_the_same_memory_and_costs_no_copy(plan):
    """Each call gets the engine's own arrays: nothing is copied before it or after it."""
    calls: list[tuple[int, ...]] = []

    @effect
    def noted(setup: Setup) -> Effect:
        """Leaves the sound as it is."""

        def run(x, y, c, s):
            calls.append((x.ctypes.data, y.ctypes.data, x.shape[1], x.flags.c_contiguous, x.dtype.num))
            np.copyto(y, x)

        return Effect(run, memory=0)

    text = "nodes:\n  a: {use: clip, name: a}\n  b: {use: noted, in: a}\n  c: {use: noted, in: b}\noutput: c"
    p = plan(text, more=(noted,), block=512, a=noise(2, 512 * 100))
    blocks = list(Run(p).open([("c", "out")]).blocks())
    assert len(calls) == 2 * len(blocks) == 200
    assert len(set(calls[0::2])) == len(set(calls[1::2])) == 1  # the same arrays, block after block
    assert calls[0][1] == calls[1][0]  # what the first writes is what the second reads
    assert calls[1][1] == blocks[0].parts[0].ctypes.data  # and what the last writes is what is given out
