"""Installed packages that print, hang, leave or say absurd things are named, and harm nobody else."""

import gc
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from command import environment, process, run
from test_plugins import NODE, install, using

from audiograph import GraphError, load
from audiograph.errors import NodeError
from audiograph.graph import plugins
from audiograph.graph.catalog import broken, catalog
from audiograph.graph.plugins import RECIPES
from audiograph.testing.graphs import played

__all__ = ["install"]
LOUD = "import os, subprocess\nprint('said-1')\nos.write(1, b'said-2')\nsubprocess.run(['echo', 'said-3'])\n"
EFFECT = """\
import numpy as np
from audiograph.node import Effect, Setup, effect, timeline
from audiograph.sound import Stream

def run(x, y, c, s):
    y[:] = x

@{kind}
def odd(setup: Setup):
    '''Says something odd.'''
    return {made}
"""


def command(folder: Path, *words: str, **options: str):
    env = environment()
    return process(*words, env={**env, "PYTHONPATH": f"{folder / 'site'}:{env['PYTHONPATH']}", **options})


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("number = 3", "TypeError: it is no node type, and no module that declares one"),
        ("from audiograph.nodes.gain import gain", "TypeError: it is no node type, and no module"),
        ("raise GeneratorExit('x')", "GeneratorExit: x"),
        ("class Odd(BaseException): pass\nraise Odd('y')", "Odd: y"),
        ("import os; os._exit(0)", "SystemExit: 0"),
        ("input('name? ')", "EOFError: EOF when reading a line"),
    ],
)
def test_an_entry_point_with_nothing_to_offer_is_named_and_left_out(install, tmp_path, source, said):
    package = install(source)
    install(NODE.format(name="leave"))
    assert {"gain", "leave"} <= set(catalog())
    assert broken()[f"{package} ({package})"].startswith(said)
    assert run("check", using(tmp_path, "leave")).exit_code == 0


def test_the_process_is_afterwards_what_it_was(install):
    changes = "import gc, os, signal, sys\nos.chdir('/')\nos.umask(0o777)\ngc.disable()\nsys.path.clear()\n"
    changes += "sys.setrecursionlimit(99)\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    changes += "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"

    def state() -> tuple[object, ...]:
        os.umask(mask := os.umask(0o077))
        signals = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
        return Path.cwd(), mask, gc.isenabled(), {*sys.path}, sys.getrecursionlimit(), signals

    install(NODE.format(name="restless") + changes)
    before = state()
    assert "restless" in catalog()
    assert state() == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork() here")
def test_what_it_forks_does_not_go_on_as_the_command(install, tmp_path):
    install("import os\nos.fork()\n" + NODE.format(name="twin"))
    done = command(tmp_path, "nodes", "--json")
    assert "gain" in str(json.loads(done.stdout)) and done.returncode == 0


def test_a_package_of_recipes_that_is_none_is_named(install, tmp_path):
    package = install(recipe="softly")
    home = tmp_path / "site" / package
    entry = tmp_path / "site" / f"{package}-1.0.dist-info" / "entry_points.txt"
    (home / "__init__.py").write_text("thing = 3")
    entry.write_text(f"[{RECIPES}]\nall = {package}:thing\n")
    assert "bed" in run("nodes").stdout
    assert broken()[f"{package} ({package}:thing)"] == "TypeError: it is no package with recipes in it"


@pytest.mark.parametrize("as_json", [True, False])
def test_what_a_package_prints_goes_to_stderr(install, tmp_path, as_json):
    install(LOUD + NODE.format(name="leave"))
    done = command(tmp_path, "nodes", *["--json"] * as_json)
    assert done.returncode == 0
    assert all(word in done.stderr and word not in done.stdout for word in ("said-1", "said-2", "said-3"))
    if as_json:
        assert {"gain", "leave"} <= json.loads(done.stdout).keys()


def test_the_json_of_a_node_with_an_odd_default_is_json(install):
    install(
        "from audiograph.node import Effect, Setup, effect\nfrom audiograph.units import number, text\n"
        "@effect\ndef odd(setup: Setup, a=number(float('inf'), 0, 1, 'a'), b=text('b', {1})) -> Effect:\n"
        "    '''Odd.'''\n    return Effect(None)\n"
    )
    assert json.loads(run("nodes", "odd", "--json").stdout)["odd"]["params"]["a"]["default"] is None


HANGING = {
    "asleep": "import time\ntime.sleep(60)",
    "busy": "while True:\n    pass",
    "stubborn": "import time\nfor n in range(600):\n    try: time.sleep(0.1)\n    except Exception: pass",
}


@pytest.mark.parametrize("how", HANGING)
@pytest.mark.parametrize("thread", [False, True])
def test_one_that_hangs_is_ended_and_named(install, monkeypatch, how, thread):
    if thread and how == "asleep":
        pytest.skip("nothing ends a sleep in another thread")
    monkeypatch.setattr(plugins, "SECONDS", 0.2)
    package = install(HANGING[how])
    begun = time.monotonic()
    if thread:
        other = threading.Thread(target=catalog)
        other.start()
        other.join(10)
    assert "gain" in catalog()
    assert broken()[f"{package} ({package})"] == "takes longer than 0.2 s to load"
    assert time.monotonic() - begun < 8


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ("Effect(run, latency=-3)", "latency: -3 frames is below 0"),
        ("Effect(run, latency=1.5)", "latency: 1.5 is not a whole number of frames"),
        ("Effect(run, tail=-1)", "tail: -1 frames is below 0"),
        ("Effect(run, tail=10**15)", "tail: 1000000000000000 frames is above 3810240000"),
        ("Effect(run, memory=-1)", "memory: -1 frames is below 0"),
        ("Effect(run, ends=-1)", "ends: -1 frames is below 0"),
        ("Effect(run, channels=(0,))", "channels: 0 is not a number from 1 to 64"),
        ("Effect(run, channels=(1, 1))", "channels: has 2 for 1 outputs"),
        ("Effect(run, coefs=(1.0, np.array([0.0, np.nan])))", "coefs.1: is not a number (NaN)"),
        ("Effect(run, coefs=float('nan'))", "coefs: is not a number (NaN)"),
        ("Effect(None)", "kernel: NoneType is not a function"),
        ("None", "odd gives NoneType, not an Effect"),
        ("exit()", "odd failed: SystemExit: None"),
        ("Stream(setup.rate, 1, 3, chunks=run)", "odd gives Stream, not an Effect"),
    ],
)
def test_an_effect_that_says_absurd_things_is_refused_by_name(install, tmp_path, made, said):
    install(EFFECT.format(kind="effect", made=made))
    with pytest.raises(GraphError) as error:
        load(using(tmp_path, "odd"))
    assert str(error.value) == f"{tmp_path}/mix.yaml:3: b: {said}"


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ("Stream(8000, 1, 3, chunks=run)", "rate: 8000 Hz is not that of the mix, 44100 Hz"),
        ("Stream(setup.rate, 0, 3, chunks=run)", "channels: 0 is not a number from 1 to 64"),
        ("Stream(setup.rate, 1, -3, chunks=run)", "frames: -3 frames is below 0"),
        ("Stream(setup.rate, 1, 2.5, chunks=run)", "frames: 2.5 is not a whole number of frames"),
        (
            "Stream(setup.rate, 1, 9, spans=((5, 3),), chunks=run)",
            "spans: (5, 3) is not a span after frame 0",
        ),
        ("Effect(run, channels=(1,))", "odd gives Effect, not a Stream"),
    ],
)
def test_so_is_a_timeline_node(tmp_path, made, said):
    (tmp_path / "mine.py").write_text(EFFECT.format(kind="timeline", made=made))
    with pytest.raises((GraphError, NodeError), match="battery: node: ") as error:
        played(catalog([tmp_path / "mine.py"])["odd"])
    assert said in str(error.value)
