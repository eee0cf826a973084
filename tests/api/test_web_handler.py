"""The web service of examples/, as a real server: mixes, reports, problems, limits, clients that hang up."""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from command import ROOT, environment

import audiograph

SERVER = ROOT / "examples" / "web_handler.py"
BEEP = "nodes:\n  t: {use: tone, length: 300 ms}\noutput: t\n"


@pytest.fixture(scope="module")
def url(tmp_path_factory) -> Iterator[str]:
    """The address of a server, which runs in another folder than its sounds are in."""
    command, folder = [sys.executable, str(SERVER), "0"], tmp_path_factory.mktemp("elsewhere")
    with subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def voice() -> bytes:
    return audiograph.render(BEEP, bytes)


def post(url: str, body: bytes) -> tuple[int, bytes, dict]:
    """Status, content and report of an answer."""
    try:
        with urllib.request.urlopen(url, body, timeout=60) as answer:
            return answer.status, answer.read(), json.loads(answer.headers["Report"])
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), {}


def problems(url: str, body: bytes | str, status: int = 400) -> list[dict[str, str]]:
    """What a server says is wrong; nothing of it is a path of the server."""
    code, content, _ = post(url, body.encode() if isinstance(body, str) else body)
    assert code == status, content
    for secret in (str(ROOT), str(ROOT.parent), "/tmp", "Traceback", "site-packages", "/etc"):
        assert secret not in content.decode(), content
    return json.loads(content)["problems"]


def test_several_clients_at_once_get_finished_audio_with_its_report(url, voice):
    asked = [f"{url}/?lead=100ms{more}" for more in ("", "", "&bed=-9dB")]
    with ThreadPoolExecutor(3) as pool:
        (status, one, report), (_, two, _), (_, three, _) = pool.map(lambda each: post(each, voice), asked)
    assert status == 200 and one[:2] == b"\xff\xfb" and one == two != three
    assert report["length"] == pytest.approx(0.5) and 0 < report["peak"] < 1 and report["clipped"] == 0
    assert any("loudness" in each["what"] for each in report["expected"]) and isinstance(
        report["notes"], list
    )


def test_a_graph_of_the_client_plays_sounds_of_the_server(url):
    status, content, report = post(
        f"{url}/graph", b"nodes: {m: {use: source, file: audio/music.ogg, end: 1 s}}\noutput: m"
    )
    assert status == 200 and content[:2] == b"\xff\xfb" and report["length"] == 1


def test_what_was_asked_wrongly_is_said_by_name_node_and_line(url, voice):
    (bad,) = problems(f"{url}/?bed=5kHz", voice)
    assert bad["where"] == "bed" and "5kHz" in bad["what"]
    first, second = problems(f"{url}/graph", BEEP.replace("tone", "tune").replace("output: t", "output: no"))
    assert (first["where"], first["node"]) == ("mix:2", "t") and "'tone'?" in first["what"]
    assert second["where"] == "mix:3"
    (damaged,) = problems(f"{url}/?lead=100ms", b"RIFF")
    assert damaged["node"] == "voice" and "voice" in damaged["what"]
    assert problems(url, b"") == [
        {"where": "", "node": "", "what": "POST the bytes of a sound file, or a graph"}
    ]


@pytest.mark.parametrize(
    "file", ["/etc/passwd", "../README.md", "../tests/data/speech.flac", "/tmp", "audio/../../x"]
)
def test_no_client_reads_a_file_elsewhere(url, voice, file):
    (said,) = problems(f"{url}/?music={file}", voice)
    assert said["where"] == "music" and said["what"].endswith("is outside the jail")
    (said,) = problems(f"{url}/graph", BEEP.replace("tone, length: 300 ms", f"source, file: {file}"))
    assert (said["where"], said["node"]) == ("mix:2", "t") and said["what"].endswith("is outside the jail")
    if file.endswith("md"):
        (said,) = problems(f"{url}/graph", BEEP.replace("tone, length: 300 ms", "./../mix.yaml"))
        assert said["what"].endswith("is outside the jail")


def test_who_asks_too_much_is_told_the_node_and_the_figure(url):
    (said,) = problems(f"{url}/graph", BEEP.replace("300 ms", "24 h"), 413)
    assert said == {"where": "mix:2", "node": "t", "what": "lasts 24 h, and max_duration allows 10 min"}
    many = "nodes:\n" + "".join(f"  t{k}: {{use: tone, length: 1 s}}\n" for k in range(300)) + "output: t0\n"
    (said,) = problems(f"{url}/graph", many, 413)
    assert (said["where"], said["node"]) == ("mix:202", "t200") and "max_nodes allows 200" in said["what"]


@pytest.mark.parametrize(
    "request_",
    [
        b"what\r\n\r\n",
        b"POST\r\nContent-Length: x\r\n\r\n",
        b"POST / 1\r\nContent-Length: 9\r\n\r\n1",
        b"x" * 99_999,
    ],
)
def test_what_is_no_request_is_answered_and_the_server_goes_on(url, voice, request_):
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 10) as client:
        client.sendall(request_)
        client.shutdown(socket.SHUT_WR)
        assert client.recv(100).startswith(b"HTTP/1.1 400")
    assert post(f"{url}/?lead=100ms", voice)[0] == 200


def test_clients_that_hang_up_stop_their_renders(url, voice):
    host, port = url.removeprefix("http://").split(":")
    long = (
        BEEP.replace("300 ms", "10 min")
        .replace("output: t", "  m: {use: loudness, in: t}\noutput: m")
        .encode()
    )
    for _ in range(8):  # twice as many as are rendered at once
        with socket.create_connection((host, int(port)), 10) as client:
            client.sendall(b"POST /graph HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(long), long))
    begun = time.monotonic()
    assert post(f"{url}/?lead=100ms", voice)[0] == 200
    assert time.monotonic() - begun < 8
