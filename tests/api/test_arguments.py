"""What functions do not take is refused in words; what is no regular file is refused, not waited for."""

import io
import os
import socket
from pathlib import Path

import numpy as np
import pytest
from command import TONE, process

import audiograph
from audiograph import AudiographError, GraphError, load, measure, render, stream
from audiograph.errors import WrongArgument

LONG = "x" * 5000
X = np.zeros(9)
SOURCE = "nodes: {{a: {{use: source, file: {}}}}}\noutput: a\n"
RECIPE = "nodes: {{t: {{use: tone, length: 1 s}}, a: {{use: ./{}, in: t}}}}\noutput: a\n"
DAY = "nodes: {a: {use: silence, length: 24 h, channels: 64}}\noutput: a\n"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: load(None), "a graph is the path of its file, its text, or a Mix, not NoneType"),
        (lambda: load({}), "a graph is the path"),
        (lambda: load(TONE.encode()), "a graph is the path"),
        (lambda: load(TONE, {3: 4}), "settings are a mapping from names to values, not {3: 4}"),
        (lambda: load(TONE, [1]), "settings are a mapping"),
        (lambda: stream(TONE, "level"), "settings are a mapping"),
        (lambda: load(TONE, block=0), "block is 0, not a whole number from 1 on"),
        (lambda: load(TONE, block="x"), "block is 'x', not"),
        (lambda: stream(TONE, block=1.5), "block is 1.5, not"),
        (lambda: render(TONE, jobs=-1), "jobs is -1, not"),
        (lambda: render(TONE, jobs="two"), "jobs is 'two', not"),
        (lambda: load(TONE, nodes="x.py"), "nodes is 'x.py', not a list of files"),
        (lambda: load(TONE, nodes=[None]), "nodes has None, which is not the path of a file"),
        (lambda: load(TONE, nodes=np.array(1.0)), "nodes is array(1.), not a list of files"),
        (lambda: load(TONE, limits={"max_nodes": 3}), "limits is {'max_nodes': 3}, not audiograph.Limits("),
        (lambda: stream(TONE, limits=3), "limits is 3, not audiograph.Limits("),
        (lambda: render(TONE, bytes, progress=3), "progress is 3, not a function"),
        (lambda: render(TONE, bytes, output=X), "output is array("),
        (lambda: render(TONE, bytes, format=10**5000), "format is int, not the name of one"),
        (lambda: render(TONE, bytes, format=["wav"]), "format is ['wav'], not the name of one"),
        (lambda: render(TONE, 3), "3 is not a target"),
        (lambda: render(TONE, io.StringIO()), "the target is a file that takes no bytes"),
        (lambda: render(TONE, io.BufferedReader(io.BytesIO())), "the target is a file that takes no bytes"),
        (lambda: render(load(TONE), level=3), "a Plan has its parameters"),
        (lambda: measure(b"RIFF"), "a measured sound is bytes: give the path of a file, or (array, rate)"),
        (lambda: measure(None), "a measured sound is NoneType"),
        (lambda: measure(X), "a measured sound is ndarray"),
        (lambda: measure((X,)), "a measured sound is a tuple of 1: give (array, rate)"),
        (lambda: measure((X.astype(complex), 44_100)), "a measured sound holds complex128"),
        (lambda: measure((X.reshape(1, 3, 3), 44_100)), "a measured sound has the shape"),
        (lambda: measure(([[1, 2], [3]], 44_100)), "a measured sound"),
        (lambda: measure((X, "fast")), "a measured sound has the rate 'fast'"),
        (
            lambda: measure((X + np.nan, 44_100)),
            "a measured sound holds a sample that is not a finite number",
        ),
    ],
)
def test_an_argument_of_the_wrong_kind_is_refused_in_words(call, said):
    with pytest.raises(WrongArgument) as error:
        call()
    assert str(error.value).startswith(said)
    assert isinstance(error.value, AudiographError | TypeError) and isinstance(error.value, ValueError)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: load(LONG), "cannot be read: File name too long"),
        (lambda: load(Path("a\0b")), "a\\x00b: cannot be read: embedded null byte"),
        (lambda: load(SOURCE.format(LONG)), "mix:1: a: "),
        (lambda: load(SOURCE.format(LONG) + "wrong: 3\n"), "mix:1: a: file: "),
        (lambda: load(RECIPE.format(LONG + ".yaml")), "cannot be read: File name too long"),
        (lambda: render(TONE, LONG + ".wav"), "its name has 5004 characters, more than 255"),
        (lambda: render(TONE, "a\0.wav"), "target: a\\x00.wav is not a file name"),
        (lambda: load(TONE, nodes=[LONG]), "cannot be used: OSError: [Errno 36] File name too long"),
        (lambda: measure(LONG), "File name too long"),
        (lambda: render(DAY), "there is no memory for an array of 975 GB: write it to a file"),
    ],
)
def test_what_no_machine_can_do_is_an_error_of_ours(call, said):
    with pytest.raises(AudiographError) as error:
        call()
    assert said in str(error.value)


@pytest.fixture
def places(tmp_path, monkeypatch) -> Path:
    """A folder with a pipe, a socket, a folder and a circle of links, each under every suffix."""
    monkeypatch.chdir(tmp_path)
    for suffix in (".yaml", ".wav", ".py"):
        os.mkfifo(f"pipe{suffix}")
        Path(f"folder{suffix}").mkdir()
        Path(f"circle{suffix}").symlink_to(f"circle{suffix}")
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(f"socket{suffix}")
        Path(f"device{suffix}").symlink_to("/dev/zero")
    return tmp_path


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders")
@pytest.mark.parametrize("kind", ["pipe", "folder", "circle", "socket", "device"])
def test_what_is_no_regular_file_is_refused_and_not_waited_for(kind, places):
    calls = (
        lambda: load(f"{kind}.yaml"),
        lambda: load(RECIPE.format(f"{kind}.yaml")),
        lambda: load(SOURCE.format(f"{kind}.wav")),
        lambda: load("params: {f: {type: file}}\n" + SOURCE.format("$f"), f=f"{kind}.wav"),
        lambda: load(TONE, nodes=[f"{kind}.py"]),
        lambda: measure(f"{kind}.wav"),
        lambda: render(TONE, f"{kind}.wav", force=True) if kind != "folder" else load(f"{kind}.yaml"),
    )
    for call in calls:
        with pytest.raises(AudiographError) as error:
            call()
        assert isinstance(error.value, GraphError | audiograph.AudioFileError) and "\n" not in str(
            error.value
        )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders")
def test_so_it_is_by_the_command(places):
    done = process("check", "pipe.yaml", timeout=20)
    assert (done.returncode, done.stderr) == (2, "pipe.yaml: cannot be read: it is not a regular file\n")
