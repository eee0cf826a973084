"""Consoles whose encoding lacks characters, as redirected ones on Windows: they never end a command."""

import io
import sys
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from command import environment, graph, process

from audiograph.cli.formatting import escape_what_is_not_encoded

TEXT = """\
about: 讲座 − für Łódź
nodes:
  片头: {use: tone, freq: 440 Hz, length: 1 s, level: -20 dB}
output: 片头
expect: {loudness: -23 LUFS ± 5}
"""
ENCODINGS = ["cp1252", "gbk", "cp932", "ascii"]


def written(encoding: str, text: str, monkeypatch: pytest.MonkeyPatch) -> bytes:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding))
    escape_what_is_not_encoded()
    print(text, end="", flush=True)
    return raw.getvalue()


def test_what_an_encoding_lacks_is_written_plainer_or_escaped(monkeypatch: pytest.MonkeyPatch):
    assert written("cp1252", "−3 dB ± 1 片头", monkeypatch) == b"-3 dB \xb1 1 \\u7247\\u5934"
    assert written("gbk", "−3 dB ± 1 片头", monkeypatch) == "-3 dB ± 1 片头".encode("gbk")
    assert written("ascii", "±1 é 𝄞", monkeypatch) == b"+/-1 \\xe9 \\U0001d11e"
    assert written("utf-8", "−3 dB ± 1 片头", monkeypatch) == "−3 dB ± 1 片头".encode()


def test_streams_that_are_closed_are_left_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    escape_what_is_not_encoded()


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_no_command_ends_at_a_character(tmp_path: Path, encoding: str):
    mix, env = graph(tmp_path, TEXT, "讲座.yaml"), {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    sound = tmp_path / "片头 − 1.wav"
    for words in (
        ("check", mix),
        ("show", mix),
        ("show", mix, "--mermaid"),
        ("render", mix, "-v", "-o", sound),
        ("measure", sound),
        ("nodes", "tone"),
    ):
        result = _process(words, env, encoding)
        assert result.returncode == 0, result.stderr
        assert "Traceback" not in result.stderr and "internal error" not in result.stderr


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_message_with_such_a_name_keeps_its_exit_code(tmp_path: Path, encoding: str):
    env = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    result = _process(("render", tmp_path / "没有.yaml"), env, encoding)
    assert result.returncode == 2 and "there is no such file" in result.stderr


def _process(words: tuple[object, ...], env: dict[str, str], encoding: str) -> CompletedProcess[str]:
    return process(
        *words, env=environment(**env), encoding=encoding, errors="replace"
    )  # click takes ASCII for UTF-8
