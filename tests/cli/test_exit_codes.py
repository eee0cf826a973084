"""However a command ends: one line, the right exit code, and whole files or none."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command import COMMAND, environment, graph, on_terminal, process, run

import audiograph
from audiograph.cli import exit_codes
from audiograph.cli.commands import COMMANDS, commands
from audiograph.errors import RenderError

HOURS = "nodes: {a: {use: noise, length: 10 h}, b: {use: gain, in: a}}\noutput: b\nrate: 8 kHz"


@pytest.fixture
def long_render(tmp_path):
    """A render that takes minutes, started and running, over an older file."""
    (tmp_path / "out.wav").write_bytes(b"old")
    file = graph(tmp_path, HOURS)
    with subprocess.Popen(
        [*COMMAND, "render", str(file), "-o", "out.wav"],
        cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # the tests may run under nohup
    ) as command:  # fmt: skip
        ends = time.monotonic() + 30
        while len(list(tmp_path.iterdir())) < 3:  # the graph, the old file, and the new one under way
            assert command.poll() is None and time.monotonic() < ends, command.stderr.read()
            time.sleep(0.02)
        time.sleep(0.2)
        yield command
        command.kill()


@pytest.mark.parametrize(("number", "code", "line"), [
    (signal.SIGINT, 130, "audiograph: interrupted\n"),
    (signal.SIGTERM, 143, "audiograph: stopped by SIGTERM\n"),
    (signal.SIGHUP, 129, "audiograph: stopped by SIGHUP\n"),
])  # fmt: skip
def test_a_signal_ends_a_render_in_one_line_and_leaves_the_old_file(
    long_render, tmp_path, number, code, line
):
    long_render.send_signal(number)
    out, err = long_render.communicate(timeout=10)
    assert (long_render.returncode, out) == (code, "") and err.endswith(line) and "Traceback" not in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mix.yaml", "out.wav"]
    assert (tmp_path / "out.wav").read_bytes() == b"old"


def test_a_signal_while_kernels_are_compiled_ends_it_as_cleanly(tmp_path):
    """An exception within a callback from LLVM would crash the process."""
    file = graph(tmp_path, "nodes: {a: {use: tone, length: 1 s}}\noutput: {from: a, bits: 32}")
    with subprocess.Popen(
        [*COMMAND, "render", str(file)],
        cwd=tmp_path, env=environment(AUDIOGRAPH_CACHE=str(tmp_path)), stderr=subprocess.PIPE, text=True,
    ) as command:  # fmt: skip
        assert command.stderr.readline().startswith("compiling")
        command.send_signal(signal.SIGINT)
        assert command.communicate(timeout=60)[1] == "audiograph: interrupted\n"
    assert (
        command.returncode == 130 and not list(tmp_path.glob("*.wav")) and not list(tmp_path.glob(".*.wav"))
    )


def test_kill_9_leaves_the_old_file(long_render, tmp_path):
    long_render.kill()
    long_render.communicate(timeout=10)
    assert (tmp_path / "out.wav").read_bytes() == b"old"


def failing(monkeypatch, error):
    def load(*words, **options):
        raise error

    monkeypatch.setattr("audiograph.rendering.loading.load", load)


@pytest.mark.parametrize(("error", "line"), [
    (RenderError("mix: is too loud"), "audiograph: mix: is too loud\n"),
    (OSError(28, "No space left on device", "mix.wav"), "audiograph: mix.wav: No space left on device\n"),
    (OSError("out of luck"), "audiograph: out of luck\n"),
])  # fmt: skip
def test_a_job_that_fails_ends_in_one_line_and_code_1(tmp_path, monkeypatch, error, line):
    failing(monkeypatch, error)
    result = run("render", graph(tmp_path))
    assert (result.exit_code, result.stderr) == (1, line)


@pytest.mark.parametrize(
    "error", [RuntimeError("two\nlines"), RecursionError(), KeyError("x"), MemoryError()]
)
def test_an_internal_error_ends_in_one_line_too(tmp_path, monkeypatch, error):
    from click.testing import CliRunner

    failing(monkeypatch, error)
    result = CliRunner().invoke(commands, ["render", str(graph(tmp_path))])
    assert result.exit_code == 1 and result.stderr.count("\n") == 1
    assert result.stderr.startswith(f"audiograph: internal error: {type(error).__name__}")
    assert result.stderr.endswith("; run with AUDIOGRAPH_DEBUG=1 for the traceback\n")


def test_with_debug_the_traceback_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("AUDIOGRAPH_DEBUG", "1")
    failing(monkeypatch, KeyError("x"))
    with pytest.raises(KeyError):
        commands(["render", str(graph(tmp_path))], standalone_mode=False)


def test_signals_are_handled_as_before_once_a_command_is_done(tmp_path):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    run("check", graph(tmp_path))
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_a_signal_during_compiling_is_not_sent_again_to_whoever_called_the_command(tmp_path, monkeypatch):
    """The command ends where it looks for signals, before the repeat is due."""
    monkeypatch.setattr(exit_codes, "_is_compiling", lambda frame: True)
    came = []
    before = signal.signal(signal.SIGINT, lambda *_: came.append(1))
    try:
        with pytest.raises(exit_codes.Stopped), exit_codes._signals_handled():
            signal.raise_signal(signal.SIGINT)
            exit_codes.check_stopped()
        time.sleep(0.1)
    finally:
        signal.signal(signal.SIGINT, before)
    assert not came


def test_a_reader_that_leaves_early_ends_it_quietly():
    with subprocess.Popen(
        [*COMMAND, "nodes", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as command:
        command.stdout.close()
        assert command.stderr.read() == b""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_under_stdout_is_reported_in_one_line(unbuffered):
    """The error comes from a print, or from the flush at the end."""
    env = environment(PYTHONUNBUFFERED=unbuffered)
    with open("/dev/full", "w") as full:  # noqa: PTH123
        result = process("nodes", capture_output=False, stdout=full, stderr=subprocess.PIPE, env=env)
    assert result.returncode == 1 and result.stderr == "audiograph: No space left on device\n"


def test_a_terminal_sees_a_bar_on_stderr_alone(tmp_path):
    result, drawn = on_terminal("render", graph(tmp_path), "-o", tmp_path / "out.wav")
    assert result.returncode == 0 and "rendering" in drawn and "\x1b[" in drawn
    assert "out.wav: 0:00.5" in result.stdout and "\x1b" not in result.stdout


def test_no_colour_is_written_where_it_is_switched_off(tmp_path):
    coloured = re.compile(r"\x1b\[[\d;]*3\d")
    words = ("render", graph(tmp_path), "-o", tmp_path / "out.wav")
    assert coloured.search(on_terminal(*words)[1])
    assert not coloured.search(on_terminal(*words, NO_COLOR="1")[1])


def test_help_does_not_import_the_engine():
    heavy = "numba numpy networkx soundfile soxr yaml rich llvmlite scipy"
    code = (
        "import sys\nfrom audiograph.cli.commands import commands\n"
        "for words in ([], ['render'], ['check'], ['show'], ['nodes']):\n"
        "    commands([*words, '--help'], standalone_mode=False)\n"
        f"print('loaded:', *(name for name in {heavy.split()!r} if name in sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True
    )
    assert result.stdout.endswith("loaded:\n")


def test_the_version_is_printed():
    assert run("--version").stdout.startswith("audiograph 0.")


def test_an_unknown_command_is_reported_with_the_nearest_name():
    result = run("rendr", "mix.yaml")
    assert result.exit_code == 2 and "no such command: 'rendr'; 'render'?" in result.stderr


def test_every_command_is_the_one_of_its_module_and_has_a_line_of_help():
    result = run("--help")
    assert all(f"  {verb} " in result.stdout for verb in COMMANDS)
    for verb in COMMANDS:
        assert run(verb, "--help").stdout.startswith(f"Usage: audiograph {verb} ")


def test_a_process_that_exits_at_once_still_runs_its_exit_functions(tmp_path):
    node = tmp_path / "late.py"
    node.write_text("import atexit, sys\natexit.register(lambda: print('called', file=sys.stderr))\n")
    result = process("check", graph(tmp_path), "--nodes", node)
    assert result.returncode == 0 and result.stderr.endswith("called\n") and "ok" in result.stdout


def shell(words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command line of the shell, in this folder; `audiograph` is the command."""
    line = ["sh", "-c", words.replace("audiograph", " ".join(COMMAND))]
    options = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": 60}
    return subprocess.run(line, cwd=folder, env=environment(), **options)


@pytest.mark.skipif(os.name == "nt", reason="a shell of Unix")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("render mix.yaml -o out.wav 2>&-", 0),
        ("render mix.yaml -o out.wav >&- 2>&- <&-", 0),
        ("render mix.yaml -o out.wav --json >&-", 0),
        ("render mix.yaml 2>&-", 0),
        ("render 2>&-", 2),
        ("check wrong.yaml 2>&-", 2),
        ("check nothing.yaml >&- 2>&-", 2),
        ("render - <&-", 2),
        ("render mix.yaml -o - >&-", 2),
    ],
)
def test_a_closed_stream_ends_no_command_and_gets_into_no_file(tmp_path, words, code):
    graph(tmp_path)
    graph(tmp_path, "nodes: {a: {use: tne}}\noutput: a", "wrong.yaml")
    done = shell(f"audiograph {words}", tmp_path)
    assert done.returncode == code and "Traceback" not in done.stderr, done.stderr
    assert "internal error" not in done.stdout + done.stderr
    if "out.wav" in words:
        assert (tmp_path / "out.wav").read_bytes() == audiograph.render(tmp_path / "mix.yaml", bytes)


@pytest.mark.skipif(sys.platform != "linux", reason="a folder can be deleted while a process is in it")
@pytest.mark.parametrize("words", ["render {}/mix.yaml -o x.wav", "new graph x", "schema -o x.json"])
def test_a_folder_that_has_been_deleted_is_said_in_one_line(tmp_path, words):
    graph(tmp_path)
    (tmp_path / "gone").mkdir()
    done = shell(f"cd gone && rmdir ../gone && audiograph {words.format(tmp_path)}", tmp_path)
    said = "audiograph: the current folder has been deleted: go to another one\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
@pytest.mark.parametrize("module", ["threading", "click", "numpy"])
@pytest.mark.parametrize(("number", "line"), [(2, "interrupted"), (15, "stopped by SIGTERM")])
def test_a_signal_during_imports_ends_in_one_line(tmp_path, module, number, line):
    (tmp_path / f"{module}.py").write_text("import time\nprint('importing', flush=True)\ntime.sleep(30)\n")
    env = environment()
    with subprocess.Popen(
        [*COMMAND, "check", str(graph(tmp_path))],
        env={**env, "PYTHONPATH": f"{tmp_path}:{env['PYTHONPATH']}"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as command:  # fmt: skip
        assert command.stdout.readline() == "importing\n"
        command.send_signal(number)
        _, err = command.communicate(timeout=10)
    assert (command.returncode, err) == (128 + number, f"audiograph: {line}\n")
