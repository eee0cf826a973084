"""Every public name stays what it is, whatever has been imported and used in between."""

import subprocess
import sys
from importlib import import_module
from pkgutil import walk_packages

import pytest
from command import environment

import audiograph

MODULES = [found.name for found in walk_packages(audiograph.__path__, "audiograph.")]
TWICE = """
import audiograph
first = {name: getattr(audiograph, name) for name in audiograph.__all__}
beep = "nodes: {beep: {use: tone, length: 100 ms}}\\noutput: beep"
for _ in range(2):
    sound, rate = audiograph.render(beep)
    assert audiograph.measure((sound, rate)).duration_s > 0.09
    assert audiograph.load(beep).rate == rate
    assert sum(x.shape[1] for x in audiograph.stream(beep)) == sound.shape[1]
    audiograph.Mix().add("a", "gain")
    assert callable(audiograph.effect) and callable(audiograph.timeline)
assert first == {name: getattr(audiograph, name) for name in audiograph.__all__}
"""


@pytest.mark.parametrize("name", audiograph.__all__)
def test_a_public_name_is_the_same_after_every_module_is_imported(name):
    before = getattr(audiograph, name)
    for module in MODULES:
        if not module.endswith("__main__"):
            import_module(module)
    assert getattr(audiograph, name) is before and callable(before)


def test_every_public_function_can_be_called_twice_in_a_fresh_process():
    done = subprocess.run(
        [sys.executable, "-c", TWICE], env=environment(), capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr


def test_no_package_has_a_public_name():
    packages = {name.split(".")[1] for name in MODULES}
    assert not packages & set(audiograph.__all__)
