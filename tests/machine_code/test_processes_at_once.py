"""Several processes on one store: none crashes, none gives a wrong sound, whatever happens to the store.

A round or two here; AUDIOGRAPH_ROUNDS=50 for fifty.
"""

import os
import random
import shutil
import subprocess
import sys
import time
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest
from command import environment

HERE = Path(__file__).parents[1]
ROUNDS = int(os.environ.get("AUDIOGRAPH_ROUNDS", "1"))
WORK = """
import sys
from hashlib import blake2b
import numpy as np
import kernels
from kernels import Every, Factor, Inner, Strided, pair

coefs = Every(0.5, -3, Inner(np.arange(3.0), 7), True, (1, 2.0), (), np.float32(0.1), np.int32(-4))
found = blake2b()
odd = Strided(np.arange(10.0)[::3])
calls = (kernels.plain, Factor(0.7), ()), (kernels.every_argument, coefs, odd), (kernels.views, (), ())
for kernel, c, s in calls:
    x, y = pair()
    kernel(x, y, c, s)
    found.update(y.tobytes())
print(found.hexdigest())
"""


@pytest.fixture
def store(tmp_path):
    return tmp_path / "kernels"


def started(store: Path) -> "subprocess.Popen[str]":
    env = environment(AUDIOGRAPH_CACHE=str(store.parent), PYTHONPATH=f"{HERE}{os.pathsep}{HERE.parent}")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", WORK], env=env, **pipes)


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, errors = process.communicate(timeout=120)
    return process.returncode, out.strip(), errors


@pytest.fixture(scope="module")
def right(tmp_path_factory):
    """The result of a process with an empty store of its own."""
    result = ended(started(tmp_path_factory.mktemp("first") / "kernels"))
    assert result[0] == 0 and len(result[1]) == 2 * blake2b().digest_size and not result[2]
    return result


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_processes_on_an_empty_store_give_the_right_sound(turn, store, right):
    both = [started(store), started(store)]
    if turn % 3 == 2:  # deleted while they write
        time.sleep(random.uniform(0.5, 2.5))
        shutil.rmtree(store, ignore_errors=True)
    results = [ended(process) for process in both]
    if turn % 3 == 2:  # which may have been said
        results = [(code, sound, "") for code, sound, _ in results]
    assert results == [right, right]
    assert turn % 3 == 2 or len(list(store.iterdir())) == 3


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_a_process_that_is_killed_while_it_writes_does_no_harm(turn, store, right):
    victim = started(store)
    time.sleep(random.uniform(0.3, 2.0))
    victim.kill()
    victim.communicate()
    assert ended(started(store)) == right


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_a_store_that_is_damaged_at_random_does_no_harm(turn, store, right):
    assert ended(started(store)) == right
    for entry in store.iterdir():
        whole, at = entry.read_bytes(), random.randrange(1000)
        bit = whole[:at] + bytes([whole[at] ^ 1 << random.randrange(8)]) + whole[at + 1 :]
        spoilt = [whole[:at], np.random.default_rng(turn).bytes(at), bit, whole, b"", whole * 2]
        entry.write_bytes(random.choice(spoilt))
    assert ended(started(store)) == right
