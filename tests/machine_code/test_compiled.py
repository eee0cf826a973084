"""The store of machine code: whatever happens to it, the sound is right, and only time is lost."""

import logging
import os
import platform
import re
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import kernels
import numpy as np
import pytest
from command import environment
from kernels import Factor, pair

from audiograph import machine_code
from audiograph.kernel import Kernel
from audiograph.machine_code import KernelWarning, linking, lowering, store
from audiograph.machine_code.arguments import packed

pytestmark = pytest.mark.skipif(not linking.trusted(), reason="numba runs the kernels here")
SOUND = pair()[0] * np.float32(2) + np.float32(3)
JITTED = Kernel.jitted
CPUINFO = """\
processor\t: 0
vendor_id\t: AuthenticAMD
model name\t: AMD EPYC
cpu MHz\t\t: 2400.1
flags\t\t: fpu sse sse2

processor\t: 1
"""
PROCESS = """
import sys
import kernels
x, y = kernels.pair()
kernels.plain(x, y, kernels.Factor(1.0), ())
print(y.tobytes().hex()[:64], "numba" in sys.modules)
"""


@pytest.fixture(autouse=True)
def empty(tmp_path, monkeypatch):
    """An empty store, without warnings given before, and not yet pruned."""
    monkeypatch.setenv("AUDIOGRAPH_CACHE", str(tmp_path / "cache"))
    store.troubles.clear()
    store.pruned.clear()
    return tmp_path / "cache" / "kernels"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """numba compiles each kernel once for all tests; only later steps are repeated."""
    monkeypatch.setattr(Kernel, "jitted", lambda kernel: jitted(kernel.function))


@cache
def jitted(function):
    return JITTED(Kernel(function))


@pytest.fixture
def compiled():
    """The names of the kernels that are compiled."""
    found: list[str] = []
    with machine_code.compile_listener(found.append):
        yield found


def played(kernel=kernels.plain, k=1.0):
    """The output of a kernel that has not been run in this process."""
    x, y = pair()
    Kernel(kernel.function)(x, y, Factor(k), ())
    return y


def entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def process(**env: str) -> subprocess.CompletedProcess[str]:
    """A kernel run in a process of its own."""
    env = environment(
        PYTHONPATH=os.pathsep.join([str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]), **env
    )
    return subprocess.run(
        [sys.executable, "-c", PROCESS], env=env, capture_output=True, text=True, timeout=120
    )


def test_the_second_process_does_not_import_numba():
    first, second = process(), process()
    assert not first.stderr + second.stderr
    assert first.stdout.split()[0] == second.stdout.split()[0]
    assert (first.stdout.split()[1], second.stdout.split()[1]) == ("True", "False")


def test_a_kernel_is_compiled_once_and_then_loaded(empty, compiled):
    first = played()
    (entry,) = entries(empty)
    assert re.fullmatch(r"plain-[0-9a-f]{32}\.kernel", entry.name)
    assert entry.stat().st_mode & 0o777 == 0o600 and empty.stat().st_mode & 0o777 == 0o700
    np.testing.assert_array_equal(played(), first)
    np.testing.assert_allclose(first, SOUND, atol=1e-6)
    assert compiled == ["plain"]


@pytest.mark.parametrize("how", ["empty", "half", "short", "rubbish", "a bit", "long", "another's"])
def test_a_damaged_entry_is_replaced(how, empty, compiled):
    first = played()
    (entry,) = entries(empty)
    whole = entry.read_bytes()
    changed = {
        "empty": b"",
        "half": whole[: len(whole) // 2],
        "short": whole[:-1],
        "rubbish": os.urandom(len(whole)),
        "a bit": whole[:500] + bytes([whole[500] ^ 1]) + whole[501:],
        "long": whole + b"!",
        "another's": store._entry("other-0", whole),
    }
    entry.write_bytes(changed[how])
    np.testing.assert_array_equal(played(), first)
    np.testing.assert_array_equal(played(), first)
    assert compiled == ["plain", "plain"]


@pytest.mark.parametrize("code", [b"", b"\x7fELF" + bytes(500), bytes(500)])
def test_a_valid_entry_with_rubbish_inside_is_replaced(code, empty):
    first = played()
    (entry,) = entries(empty)
    entry.write_bytes(store._entry(entry.stem, code))
    np.testing.assert_array_equal(played(), first)
    assert store.read(entry.stem) != code


def test_a_deleted_store_is_filled_again(empty, compiled):
    first = played()
    for entry in entries(empty):
        entry.unlink()
    empty.rmdir()
    np.testing.assert_array_equal(played(), first)
    assert compiled == ["plain", "plain"] and entries(empty)


@pytest.mark.parametrize("what", ["a file", "nowhere", "others write", "another's", "full", "no home"])
def test_an_unusable_store_costs_time_and_one_warning(what, empty, monkeypatch, caplog):
    def full(*_):
        raise OSError(28, "No space left on device")

    def homeless():
        raise RuntimeError("Could not determine home directory.")

    empty.parent.mkdir()
    if what == "a file":
        empty.write_text("")
    if what == "nowhere":
        monkeypatch.setenv("AUDIOGRAPH_CACHE", "/proc/nowhere")
    if what == "others write":
        empty.mkdir()
        empty.chmod(0o777)
    if what == "another's":
        empty.mkdir()
        monkeypatch.setattr(os, "getuid", lambda: 12345)
        os.chown(empty, 54321, 54321) if os.geteuid() == 0 else None
    if what == "full":
        monkeypatch.setattr(store, "_entry", full)
    if what == "no home":
        monkeypatch.delenv("AUDIOGRAPH_CACHE")
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        monkeypatch.setattr(Path, "home", homeless)
    with caplog.at_level(logging.WARNING, "audiograph"):
        results = [played(), played()]
    np.testing.assert_allclose(results, [SOUND, SOUND], atol=1e-6)
    assert len(caplog.messages) == 1
    assert re.match(r"compiled kernels cannot be stored (in|anywhere).*: .+; each start", caplog.messages[0])
    assert not entries(empty)


def test_a_read_only_store_is_read(compiled, monkeypatch, caplog):
    first = played()
    monkeypatch.setattr(store, "write", lambda *_: pytest.fail("written"))
    np.testing.assert_array_equal(played(), first)
    assert compiled == ["plain"] and not caplog.messages


def test_used_entries_are_touched_and_unused_ones_removed(empty):
    played()
    (used,) = entries(empty)
    old = time.time() - store.MAX_AGE - 60
    unused, left = empty / f"old-0{store.SUFFIX}", empty / f".tmp0{store.SUFFIX}"
    stranger = empty / "letter.txt"
    for path in (unused, left, stranger):
        path.write_bytes(b"")
    for path in (used, unused, left, stranger):
        os.utime(path, (old, old))
    played()
    assert time.time() - used.stat().st_mtime < store.DAY
    store.pruned.clear()
    played(k=np.float32(1))
    assert used in entries(empty) and stranger in entries(empty)
    assert unused not in entries(empty) and left not in entries(empty)


@pytest.mark.parametrize(("name", "word"), [("raises", "an exception"), ("allocates", "NRT_")])
def test_an_unfit_kernel_runs_through_numba_with_a_warning_when_compiled(
    name, word, empty, compiled, monkeypatch
):
    kernel = getattr(kernels, name)
    monkeypatch.setattr(Kernel, "jitted", JITTED)
    with pytest.warns(KernelWarning, match=word) as told:
        first = played(kernel)
    assert told[0].filename == kernels.__file__
    (entry,) = entries(empty)
    assert entry.stem.endswith(store.PICKLED)
    np.testing.assert_array_equal(played(kernel), first)  # and warns no more
    assert compiled == [name] and first.any()
    if name == "raises":
        with pytest.raises(ValueError, match="too loud"):
            Kernel(kernel.function)(pair()[0] + 9, pair()[1], Factor(1.0), ())


def test_errors_that_cannot_happen_do_not_make_a_kernel_unfit(empty):
    x, y = pair()
    Kernel(kernels.views.function)(x, y, (), ())
    np.testing.assert_array_equal(y[0], x.view(np.int32)[0] & 1)
    assert [store.PICKLED in entry.stem for entry in entries(empty)] == [False]


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [
        (linking.platform, "system", lambda: "Windows"),
        (linking.platform, "machine", lambda: "riscv64"),
        (linking, "numba_version", lambda: "0.61.2"),
        (sys, "_is_gil_enabled", lambda: False),
        (sys, "maxsize", 2**31 - 1),
    ],
)
def test_an_untested_platform_is_not_trusted(module, name, value, monkeypatch):
    monkeypatch.setattr(module, name, value, raising=False)
    assert not linking.trusted.__wrapped__()


def test_on_an_untrusted_platform_numba_caches_kernels_without_a_warning(
    empty, compiled, monkeypatch, caplog
):
    trusted = played()
    monkeypatch.setattr(linking, "trusted", lambda: False)
    monkeypatch.setattr(Kernel, "jitted", JITTED)
    first = played()
    np.testing.assert_array_equal(first, trusted)
    np.testing.assert_array_equal(played(), first)
    assert compiled == ["plain", "plain"] and not caplog.messages
    assert sorted(store.PICKLED in entry.stem for entry in entries(empty)) == [False, True]


def test_the_machine_and_numbas_settings_are_part_of_the_key(monkeypatch, tmp_path):
    import llvmlite
    import numba
    from llvmlite.binding import get_host_cpu_name

    linking.machine.cache_clear()
    before = linking.machine()
    known = [before]
    assert numba.__version__ in before and llvmlite.__version__ in before and platform.machine() in before
    monkeypatch.setenv("NUMBA_OPT", "1")
    linking.machine.cache_clear()
    assert linking.machine() != before
    monkeypatch.delenv("NUMBA_OPT")
    monkeypatch.setattr(linking, "CPUINFO", tmp_path / "cpuinfo")
    for told in (CPUINFO, CPUINFO.replace("sse2", "sse2 avx2"), CPUINFO.replace("EPYC", "Ryzen"), "", None):
        (tmp_path / "cpuinfo").write_text(told) if told is not None else (tmp_path / "cpuinfo").unlink()
        linking.machine.cache_clear()
        assert linking.machine() not in known
        known.append(linking.machine()) if told else None
    assert get_host_cpu_name() in linking.machine()  # where the system tells nothing, LLVM does
    linking.machine.cache_clear()


def test_the_clock_of_a_processor_is_not_part_of_the_key(monkeypatch, tmp_path):
    monkeypatch.setattr(linking, "CPUINFO", tmp_path / "cpuinfo")
    found = set()
    for clock in ("2400.1", "3300.7"):
        (tmp_path / "cpuinfo").write_text(CPUINFO.replace("2400.1", clock))
        linking.machine.cache_clear()
        found.add(linking.machine())
    linking.machine.cache_clear()
    assert len(found) == 1


def test_another_way_to_pass_arguments_is_noticed():
    args = (*pair(), Factor(1.0), ())
    kinds, _ = packed(args)
    dispatcher = kernels.plain.jitted()
    types = tuple(map(__import__("numba").typeof, args))
    dispatcher.compile(types)
    assert lowering.object_file("name", dispatcher, types, kinds)
    with pytest.raises(lowering.UnfitError, match="another way"):
        lowering.object_file("name", dispatcher, types, kinds[:-2])


def test_numbas_version_is_known_without_importing_it(monkeypatch, tmp_path):
    import numba

    assert linking.numba_version() == numba.__version__
    linking.numba_version.cache_clear()
    monkeypatch.setattr(linking, "find_spec", lambda name: None)
    assert linking.numba_version() == numba.__version__
    linking.numba_version.cache_clear()
