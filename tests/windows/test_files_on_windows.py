r"""Files on Windows: open elsewhere, read-only, far down, on another drive; Chinese names; C:\ in graphs."""

import ctypes
import io
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from command import TONE, graph, process, run

import audiograph
from audiograph.audiofile.atomic import atomic_write, targets
from audiograph.cli import command, exit_codes

pytestmark = pytest.mark.skipif(
    sys.platform != "win32", reason="needs Windows; scripts/windows has it under Wine"
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def sound(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.sin(np.arange(22_050) / 10) / 4, 44_100, format="WAV")
    return path


@pytest.mark.parametrize("mode", ["rb", "r+b"])
def test_a_file_that_another_program_has_open_is_said_and_left_as_it_is(tmp_path: Path, mode: str):
    mix = graph(tmp_path)
    (tmp_path / "mix.wav").write_bytes(b"old")
    with (tmp_path / "mix.wav").open(mode):
        result = run("render", mix, "-q", "-o", tmp_path / "mix.wav")
    assert result.exit_code == 1
    assert (
        result.stderr
        == f"audiograph: {tmp_path / 'mix.wav'} cannot be written: another program has it open\n"
    )
    assert (tmp_path / "mix.wav").read_bytes() == b"old" and names(tmp_path) == ["mix.wav", "mix.yaml"]
    assert run("render", mix, "-q", "-o", tmp_path / "mix.wav").exit_code == 0


def test_a_file_that_is_opened_during_the_render_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(targets, "PATIENCE", 0.2)
    (tmp_path / "mix.wav").write_bytes(b"old")
    with (
        pytest.raises(audiograph.AudiographError, match="another program has it open"),
        atomic_write(tmp_path / "mix.wav") as hidden,
    ):
        hidden.write_bytes(b"new")
        opened = (tmp_path / "mix.wav").open("rb")
    opened.close()
    assert (tmp_path / "mix.wav").read_bytes() == b"old" and names(tmp_path) == ["mix.wav"]


def test_a_file_that_is_open_for_a_moment_is_waited_for(tmp_path: Path):
    (tmp_path / "mix.wav").write_bytes(b"old")
    with atomic_write(tmp_path / "mix.wav") as hidden:
        hidden.write_bytes(b"new")
        opened = (tmp_path / "mix.wav").open("rb")
        threading.Timer(0.3, opened.close).start()
    assert (tmp_path / "mix.wav").read_bytes() == b"new"


def test_a_read_only_file_is_refused(tmp_path: Path):
    (tmp_path / "mix.wav").write_bytes(b"old")
    (tmp_path / "mix.wav").chmod(0o444)
    result = run("render", graph(tmp_path), "-q", "-o", tmp_path / "mix.wav")
    assert "read-only" in result.stderr and (tmp_path / "mix.wav").read_bytes() == b"old"
    (tmp_path / "mix.wav").chmod(0o666)


def test_a_sound_that_another_program_has_open_is_read(tmp_path: Path):
    mix = graph(
        tmp_path, f"nodes: {{a: {{use: source, file: {sound(tmp_path / 'a.wav').as_posix()}}}}}\noutput: a\n"
    )
    with (tmp_path / "a.wav").open("r+b"):
        assert run("render", mix, "-q", "-o", tmp_path / "mix.wav").exit_code == 0


def test_paths_of_windows_in_a_graph(tmp_path: Path):
    inner = sound(tmp_path / "sounds" / "voice.wav")
    for written in (
        inner,
        f"'{inner}'",
        inner.as_posix(),
        r"sounds\voice.wav",
        "sounds/voice.wav",
        r".\sounds\voice.wav",
    ):
        mix = graph(tmp_path, f"nodes: {{a: {{use: source, file: {written}}}}}\noutput: a\n")
        assert run("check", mix).exit_code == 0, written
    mix = graph(tmp_path, f'nodes: {{a: {{use: source, file: "{inner}"}}}}\noutput: a\n')
    result = run("check", mix)
    assert (
        result.exit_code == 2 and "a backslash in double quotes; use single quotes, or '/'" in result.stderr
    )


def test_the_output_may_be_on_a_drive(tmp_path: Path):
    text = f"nodes: {{a: {{use: tone, length: 1 s}}}}\noutput: {{from: a, file: '{tmp_path}\\out.wav'}}\n"
    assert run("render", graph(tmp_path, text), "-q").exit_code == 0
    assert (tmp_path / "out.wav").exists()


def test_a_graph_of_a_text_editor_of_windows(tmp_path: Path):
    path = tmp_path / "mix.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + TONE.replace("\n", "\r\n").encode())
    assert run("check", path).exit_code == 0
    path.write_bytes(b"\xef\xbb\xbf" + TONE.replace("gain", "gian").replace("\n", "\r\n").encode())
    assert "mix.yaml:6" in run("check", path).stderr


def test_a_path_longer_than_260_characters_is_written(tmp_path: Path):
    folder = tmp_path / ("d" * (200 - len(str(tmp_path))))
    folder.mkdir()
    out = folder / f"{'m' * 40}.wav"  # shorter than 260, but its hidden name is not
    assert 230 < len(str(out)) < 260
    assert run("render", graph(tmp_path), "-q", "-o", out).exit_code == 0
    assert names(folder) == [out.name]


def test_a_mix_may_have_sounds_of_another_drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    inner = sound(tmp_path / "voice.wav")
    others = [
        drive for drive in ("Z:\\", "C:\\", "D:\\") if drive[0] != inner.drive[0] and Path(drive).exists()
    ]
    if not others:
        pytest.skip("this machine has one drive")
    monkeypatch.chdir(tmp_path)
    mix = audiograph.Mix()
    mix.output(mix.add("voice", "source", file=Path("voice.wav")))
    text = mix.text(Path(others[0]))
    assert inner.as_posix() in text


def test_chinese_names_in_and_out_and_in_messages(tmp_path: Path):
    sound(tmp_path / "语音" / "片头.wav")
    text = "nodes: {片头: {use: source, file: 语音/片头.wav}}\noutput: {from: 片头, file: 成品/混音.flac}\n"
    mix = graph(tmp_path, text, "讲座.yaml")
    (tmp_path / "成品").mkdir()
    assert run("check", mix).exit_code == 0
    result = process("render", mix, encoding="utf-8", errors="replace")
    assert result.returncode == 0 and (tmp_path / "成品" / "混音.flac").exists(), result.stderr
    assert run("measure", tmp_path / "成品" / "混音.flac").exit_code == 0
    result = run("check", graph(tmp_path, text.replace("片头.wav", "片尾.wav"), "讲座.yaml"))
    assert result.exit_code == 2 and "讲座.yaml:1" in result.stderr and "片尾.wav" in result.stderr


@pytest.mark.parametrize("encoding", ["cp1252", "gbk"])
def test_a_redirected_console_of_the_country_ends_no_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
):
    text = "nodes: {片头: {use: tone, length: 1 s}}\noutput: 片头\nexpect: {loudness: -14 LUFS ± 9}\n"
    mix = graph(tmp_path, text, "讲座.yaml")
    printed = [io.BytesIO(), io.BytesIO()]
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(printed[0], encoding))
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(printed[1], encoding))
    with pytest.raises(SystemExit) as end:
        command(["render", str(mix), "-v", "-o", str(tmp_path / "混音.wav")])
    out, err = (raw.getvalue().decode(encoding) for raw in printed)
    assert end.value.code == 0 and "error" not in err, err
    assert ("混音" in out) == (encoding == "gbk") and "as expected" in out and "±" in out


def test_sounds_in_memory_leave_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    text = "params: {voice: {type: file}}\nnodes: {a: {use: source, file: $voice}}\noutput: a\n"
    x = np.sin(np.arange(4410) / 10, dtype=np.float32) / 4
    made = audiograph.render(text, bytes, voice=(x, 44_100), format="flac")
    heard, rate = audiograph.render(text, voice=made)
    assert rate == 44_100 and heard.shape == (1, 4410) and not names(tmp_path)


@pytest.mark.parametrize("name", ["SIGINT", "SIGBREAK"])  # Ctrl-C, Ctrl-Break
def test_a_render_that_is_broken_off_leaves_nothing(tmp_path: Path, name: str):
    mix = graph(tmp_path, "nodes: {a: {use: noise, length: 2 h}}\noutput: a\n")
    number = getattr(signal, name)
    timer = threading.Timer(0.1, _once_it_writes, (tmp_path, number))
    timer.start()
    with pytest.raises(SystemExit) as end:
        command(["render", str(mix), "-q", "-o", str(tmp_path / "mix.wav")])
    timer.join()
    assert end.value.code == 128 + number and names(tmp_path) == ["mix.yaml"]


def _once_it_writes(folder: Path, number: int) -> None:
    deadline = time.monotonic() + 60
    while len(names(folder)) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    signal.raise_signal(number)


def test_a_signal_while_a_kernel_is_compiled_waits_and_ends_no_process(monkeypatch: pytest.MonkeyPatch):
    compiling = iter([True, True, False])
    monkeypatch.setattr(exit_codes, "_is_compiling", lambda frame: next(compiling))
    with pytest.raises(exit_codes.Stopped), exit_codes._signals_handled():
        signal.raise_signal(signal.SIGINT)
        time.sleep(5)


def test_a_graph_that_another_program_locks_is_said(tmp_path: Path):
    mix = graph(tmp_path)
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.CreateFileW.restype = ctypes.c_void_p
    handle = kernel.CreateFileW(str(mix), 0x80000000, 0, None, 3, 0, None)  # to read; shared with nobody
    try:
        result = run("check", mix)
    finally:
        kernel.CloseHandle(ctypes.c_void_p(handle))
    assert result.exit_code == 2 and "mix.yaml: cannot be read" in result.stderr
