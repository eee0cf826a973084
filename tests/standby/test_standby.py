"""A process that stands by gives the results a command would have by itself, and never does harm."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from command import ROOT, environment, graph

from audiograph.standby import rendezvous

pytestmark = pytest.mark.skipif(not rendezvous.SUPPORTED, reason="only Linux has what this needs")

SCRIPT = [sys.executable, "-c", "from audiograph.cli import main; main()"]  # as that which pip writes
HOURS = "nodes: {a: {use: noise, length: 10 h}, b: {use: gain, in: a}}\noutput: b\nrate: 8 kHz"
SPY = '''
"""A file of node types that reports the process it is run in."""

import os
import sys

mask = os.umask(0)
os.umask(mask)
with open(os.environ["SPY"], "w") as file:
    print(os.getppid(), os.getcwd(), oct(mask), sys.stdin.readline(), sep="\\n", file=file)
'''


PLUGIN = """\
from audiograph.node import Effect, Setup, effect

@effect
def leave(setup: Setup) -> Effect:
    '''{about}.'''
    return Effect(print)
"""


def until(holds: Callable[[], bool]) -> bool:
    ends = time.monotonic() + 20
    while not holds() and time.monotonic() < ends:
        time.sleep(0.02)
    return holds()


def state(process: int | str) -> str:
    """The state of a process: R running, S sleeping, T stopped."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


class Standby:
    """A process that stands by, and commands that can be handed over to it."""

    def __init__(self, place: Path) -> None:
        self.place, self.process = place, 0
        self.env = environment(XDG_RUNTIME_DIR=mkdtemp(prefix="ag"))  # the path of a socket must be short

    def run(self, *words: object, **options: Any) -> "subprocess.CompletedProcess[str]":
        options = {"cwd": self.place, "env": self.env, "capture_output": True, "timeout": 60, **options}
        return subprocess.run([*SCRIPT, *map(str, words)], text=True, **options)

    def start(self, *words: object) -> "Standby":
        begun = self.run("standby", *words)
        assert begun.returncode == 0, begun.stderr
        self.process = int(begun.stdout.split()[1])
        return self

    def begin(self, *words: object) -> "subprocess.Popen[str]":
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen([*SCRIPT, *map(str, words)], cwd=self.place, env=self.env, text=True, **pipes)

    def spied(self, **options: Any) -> list[str]:
        """Parent, folder, mask and first line of input of the process that does a command."""
        spy, facts = self.place / "spy.py", self.place / "facts"
        spy.write_text(SPY)
        options["env"] = {**options.get("env", self.env), "SPY": str(facts)}
        done = self.run("check", graph(self.place), "--nodes", spy, **{"input": "", **options})
        assert done.returncode == 0, done.stderr
        return facts.read_text().splitlines()

    def did_it(self, **options: Any) -> bool:
        return int(self.spied(**options)[0]) == self.process

    @property
    def lives(self) -> bool:
        return Path(f"/proc/{self.process}").exists()

    @property
    def sockets(self) -> list[Path]:
        return list(Path(self.env["XDG_RUNTIME_DIR"], "audiograph").glob("standby-*"))

    @property
    def states(self) -> list[str]:
        return [state(worker) for worker in self.workers]

    @property
    def workers(self) -> list[str]:
        return Path(f"/proc/{self.process}/task/{self.process}/children").read_text().split()


@pytest.fixture
def standby(tmp_path: Path) -> Iterator[Standby]:
    found = Standby(tmp_path)
    yield found
    found.run("standby", "--stop")
    shutil.rmtree(found.env["XDG_RUNTIME_DIR"])


def test_a_command_runs_with_the_folder_umask_and_input_of_its_client(standby):
    standby.start()
    parent, folder, mask, line = standby.spied(input="told\n", umask=0o027)[:4]
    assert (int(parent), folder, mask, line) == (standby.process, str(standby.place), "0o27", "told")


def test_files_output_and_exit_codes_are_those_of_a_command_by_itself(standby):
    """Also without arguments, which prints the help."""
    mix, wrong = graph(standby.place), graph(standby.place, "nodes: {a: {use: gian}}", "wrong.yaml")
    commands = [
        (), ("--version",), ("render", mix, "-q", "-o", "out.wav"), ("render", mix, "--json"),
        ("check", wrong), ("render", "gone.yaml"), ("rendr", mix), ("measure", "out.wav"), ("show", mix),
        ("nodes", "eq"), ("render", mix, "--set", "level=-60 dB"),
    ]  # fmt: skip

    def results() -> list[tuple[Any, ...]]:
        found = []
        for words in commands:
            done = standby.run(*words)
            out = [line for line in done.stdout.splitlines() if "real" not in line and "seconds" not in line]
            sound = Path(standby.place, "out.wav")
            found.append((words, done.returncode, out, done.stderr, sound.exists() and sound.read_bytes()))
        return found

    alone = results()
    Path(standby.place, "out.wav").unlink()
    standby.start()
    assert standby.did_it()
    together = results()
    assert together == alone
    assert {found[1] for found in together} == {0, 2}


@pytest.mark.parametrize("changed", ["AUDIOGRAPH_DEBUG", "PYTHONWARNINGS", "LANG", "NUMBA_OPT"])
def test_a_command_with_other_settings_runs_by_itself(standby, changed):
    standby.start()
    assert not standby.did_it(env={**standby.env, changed: "1"})
    assert standby.did_it(env={**standby.env, "COLOUR": "red"})


def test_many_commands_at_once_are_all_done(standby):
    standby.start()
    mix = graph(standby.place)
    with ThreadPoolExecutor(12) as crew:
        done = list(crew.map(lambda n: standby.run("render", mix, "-q", "-o", f"{n}.wav"), range(36)))
    assert [one.stderr for one in done if one.returncode] == []
    assert len({Path(standby.place, f"{n}.wav").read_bytes() for n in range(36)}) == 1
    assert standby.did_it()


@pytest.mark.parametrize(("number", "code", "line"), [
    (signal.SIGINT, 130, "audiograph: interrupted\n"),
    (signal.SIGTERM, 143, "audiograph: stopped by SIGTERM\n"),
])  # fmt: skip
def test_a_signal_is_passed_on_and_ends_a_render_as_usual(standby, number, code, line):
    standby.start()
    with standby.begin("render", graph(standby.place, HOURS), "-o", "out.wav") as command:
        assert until(lambda: len(list(standby.place.iterdir())) > 1)
        command.send_signal(number)
        _, err = command.communicate(timeout=20)
    assert (command.returncode, err.splitlines(keepends=True)[-1]) == (code, line)
    assert [path.name for path in standby.place.iterdir()] == ["mix.yaml"]


def test_a_signal_that_pauses_is_passed_on_too(standby):
    standby.start()
    with standby.begin("render", graph(standby.place, HOURS), "-o", "out.wav") as command:
        assert until(lambda: len(list(standby.place.iterdir())) > 1)
        command.send_signal(signal.SIGTSTP)
        assert until(lambda: "T" in standby.states) and until(lambda: state(command.pid) == "T")
        command.send_signal(signal.SIGCONT)
        assert until(lambda: "T" not in standby.states)
        command.kill()
    assert until(lambda: [path.name for path in standby.place.iterdir()] == ["mix.yaml"])


def test_a_client_that_is_killed_takes_its_render_with_it(standby):
    standby.start()
    with standby.begin("render", graph(standby.place, HOURS), "-o", "out.wav") as command:
        assert until(lambda: len(list(standby.place.iterdir())) > 1)
        command.kill()
    assert until(lambda: [path.name for path in standby.place.iterdir()] == ["mix.yaml"])
    assert standby.did_it()


def test_a_worker_that_is_killed_fails_its_command_and_no_other(standby):
    standby.start()
    with standby.begin("render", graph(standby.place, HOURS), "-o", "out.wav") as command:
        assert until(lambda: len(list(standby.place.iterdir())) > 1)
        for worker in standby.workers:
            os.kill(int(worker), signal.SIGKILL)
        command.communicate(timeout=20)
    assert command.returncode == 128 + signal.SIGKILL
    assert standby.did_it()


def test_if_it_is_killed_its_commands_end_too(standby):
    standby.start()
    with standby.begin("render", graph(standby.place, HOURS), "-o", "out.wav") as command:
        assert until(lambda: len(list(standby.place.iterdir())) > 1)
        os.kill(standby.process, signal.SIGKILL)
        _, err = command.communicate(timeout=20)
    assert (command.returncode, err.splitlines()[-1]) == (143, "audiograph: stopped by SIGTERM")
    assert [path.name for path in standby.place.iterdir()] == ["mix.yaml"]


def test_if_it_hangs_commands_run_by_themselves(standby):
    standby.start()
    os.kill(standby.process, signal.SIGSTOP)
    assert not standby.did_it()
    os.kill(standby.process, signal.SIGCONT)
    assert standby.did_it()


def test_files_that_a_shell_has_opened_are_passed_on(standby):
    standby.start()
    graph(standby.place)
    words = " ".join(f"'{word}'" for word in [*SCRIPT, "check"])
    script = f"exec 7<mix.yaml; {words} <(cat mix.yaml) /dev/fd/7"
    run = partial(subprocess.run, ["bash", "-c", script], cwd=standby.place, capture_output=True, text=True)
    done, alone = run(env=standby.env), run(env=environment())
    assert (done.returncode, done.stdout, done.stderr) == (0, alone.stdout, alone.stderr)
    assert done.stdout.count(": ok: ") == 2


def test_a_command_with_other_limits_or_rights_runs_by_itself(standby):
    standby.start()
    spy, facts = standby.place / "spy.py", standby.place / "facts"
    spy.write_text(SPY)
    words = " ".join(f"'{word}'" for word in [*SCRIPT, "check", graph(standby.place), "--nodes", spy])
    for before in ("ulimit -f 1000", "umask 0", "ulimit -t 100"):
        env = {**standby.env, "SPY": str(facts)}
        subprocess.run(["bash", "-c", f"{before}; {words} </dev/null"], env=env, check=True, timeout=60)
        assert (int(facts.read_text().split()[0]) == standby.process) == (before == "umask 0")


def test_threads_that_a_node_file_leaves_behind_are_ended_as_python_ends_them(standby):
    standby.start()
    pool = standby.place / "pool.py"
    pool.write_text("from concurrent.futures import ThreadPoolExecutor as P\nP(2).submit(print, 'hello')\n")
    done = standby.run("check", graph(standby.place), "--nodes", pool)
    assert done.returncode == 0 and done.stdout.startswith("hello")


def test_it_keeps_no_file_of_its_parent_open_and_needs_no_stream(standby):
    lock = standby.place / "lock"
    words = " ".join(f"'{word}'" for word in [*SCRIPT, "standby"])
    script = f"(exec 9>{lock}; flock 9; {words} <&- >&-; echo $?); flock -n {lock} echo free"
    done = subprocess.run(["bash", "-c", script], env=standby.env, capture_output=True, text=True, timeout=60)
    assert done.stdout == "0\nfree\n" and len(standby.sockets) == 1


def test_it_ends_when_its_socket_is_removed(standby):
    """It checks every minute, and on every event, such as the end of a worker."""
    standby.start()
    [place] = standby.sockets
    place.unlink()
    with suppress(FileNotFoundError, ProcessLookupError):  # it has looked already
        for worker in standby.workers:
            os.kill(int(worker), signal.SIGKILL)
    assert until(lambda: not standby.lives)


def test_after_it_was_killed_commands_run_by_themselves_and_another_may_stand_by(standby):
    standby.start()
    os.kill(standby.process, signal.SIGKILL)
    assert until(lambda: not standby.lives)
    assert not standby.did_it()
    assert standby.start().did_it()


def test_one_that_starts_takes_the_place_of_one_that_stands_by(standby):
    first = standby.start().process
    assert standby.start().process != first
    assert until(lambda: not Path(f"/proc/{first}").exists()) and standby.did_it()


def test_it_ends_when_idle(standby):
    standby.start("--for", "1 s")
    assert until(lambda: not standby.lives)
    assert not standby.did_it()


def test_it_ends_on_stop_which_says_if_there_is_none(standby):
    standby.start()
    assert standby.run("standby", "--stop").stdout == f"process {standby.process} ends\n"
    assert until(lambda: not standby.lives)
    assert standby.sockets == []
    assert standby.run("standby", "--stop").stdout == "none stood by\n"


def test_it_ends_when_a_file_of_its_code_changes(standby):
    shutil.copytree(ROOT / "audiograph", standby.place / "audiograph")
    standby.env["PYTHONPATH"] = str(standby.place)
    standby.start()
    assert standby.did_it()
    with (standby.place / "audiograph" / "units.py").open("a") as file:
        file.write("# changed\n")
    assert not standby.did_it()
    assert until(lambda: not standby.lives)


@pytest.mark.parametrize("edit", ["later", "in the same moment"])
def test_it_ends_when_a_file_of_an_installed_package_changes(standby, edit):
    site = standby.place / "site-packages"
    (site / "stranger-1.0.dist-info").mkdir(parents=True)
    (site / "stranger-1.0.dist-info" / "METADATA").write_text("Name: stranger\nVersion: 1.0\n")
    (site / "stranger-1.0.dist-info" / "entry_points.txt").write_text("[audiograph.nodes]\nall = stranger\n")
    plugin = site / "stranger.py"
    plugin.write_text(PLUGIN.format(about="Before"))
    standby.env["PYTHONPATH"] = f"{site}:{ROOT}"
    standby.start()
    assert "Before." in standby.run("nodes", "leave").stdout and standby.lives
    was = plugin.stat()
    plugin.write_text(PLUGIN.format(about="Afterwards"))
    if edit == "in the same moment":
        os.utime(plugin, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert "Afterwards." in standby.run("nodes", "leave").stdout
    assert until(lambda: not standby.lives)


def test_it_keeps_no_secret_of_who_started_it_or_of_a_client(standby):
    standby.env["FIRST_SECRET"] = first = "tell-nobody-" + "1" * 20
    standby.start()
    second = "tell-nobody-" + "2" * 20
    assert standby.did_it(env={**standby.env, "SECOND_SECRET": second})
    assert until(lambda: len(family(standby.process)) == 3)  # the fork that knew it has ended
    for process in family(standby.process):
        found = memory(process)
        assert b"XDG_RUNTIME_DIR" in found  # the memory can be read
        assert first.encode() not in found and second.encode() not in found


def family(process: int) -> list[int]:
    """A process and its children."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *map(int, children)]


def memory(process: int) -> bytes:
    """All that a process can write to, and what it was started with."""
    parts = [Path(f"/proc/{process}/environ").read_bytes()]
    with Path(f"/proc/{process}/mem").open("rb", 0) as file:
        for line in Path(f"/proc/{process}/maps").read_text().splitlines():
            span, rights, *_ = line.split()
            first, last = (int(end, 16) for end in span.split("-"))
            if rights.startswith("rw"):
                with suppress(OSError):
                    file.seek(first)
                    parts.append(file.read(last - first))
    return b"".join(parts)


def test_its_socket_is_open_to_its_user_alone(standby):
    standby.start()
    [place] = standby.sockets
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700


def test_a_malformed_request_does_it_no_harm(standby):
    standby.start()
    [place] = map(str, standby.sockets)
    for request in (b"", b"\0", b"\xff" * 4, b"\5\0\0\0hello"):
        connection = rendezvous.connected(place)
        connection.send(request)
        connection.close()
    assert standby.did_it()


def test_if_it_cannot_listen_it_says_why(standby):
    home = Path(standby.env["XDG_RUNTIME_DIR"], "audiograph")
    home.write_text("in the way")
    done = standby.run("standby")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("audiograph: cannot stand by: FileExistsError") and str(home) in done.stderr
    assert not standby.did_it()


def test_a_command_with_closed_streams_runs_by_itself(standby):
    standby.start()
    words = " ".join(f"'{word}'" for word in [*SCRIPT, "--version"])
    done = subprocess.run(
        ["bash", "-c", f"{words} <&- 2>&-"], env=standby.env, capture_output=True, timeout=60
    )
    assert done.returncode == 0 and done.stdout.startswith(b"audiograph")
