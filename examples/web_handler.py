"""A web service that mixes what strangers send, with nothing but asyncio.

    audiograph warmup && python examples/web_handler.py 8000
    curl --data-binary @voice.wav 'localhost:8000/?bed=-3dB' -o mix.mp3   # a voice, over this server's music
    curl --data-binary @mix.yaml localhost:8000/graph -o mix.mp3          # a graph, of this server's sounds

The answer is an MP3, with the report as JSON in the header `Report`; or status
400 or 413 and the problems as JSON: names, nodes and lines, but no path of this
server. No graph and no setting reads a file outside FOLDER or takes more than
LIMITS, and a client that hangs up stops its render.

Renders run in threads, and the kernels release the GIL, so the event loop stays
responsive. In a web framework it is the same call: `await asyncio.to_thread(...)`.
"""

import asyncio
import contextlib
import io
import json
import os
import re
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import audiograph
from audiograph import Limits

FOLDER = Path(__file__).resolve().parents[1] / "graphs"  # all that clients may hear; a folder each is better
LIMITS = Limits(FOLDER, max_duration=600, max_nodes=200, max_memory=100_000_000, max_seconds=30)
LARGEST = 100_000_000  # bytes of a request
PATIENCE = 60  # seconds until a request has arrived
AT_ONCE = asyncio.Semaphore(4)


class Answer(NamedTuple):
    """A response."""

    status: int
    content: bytes
    kind: str = "application/json"
    report: str = "{}"


def mixed(graph: str, settings: Mapping[str, Any], limits: Limits) -> Answer:
    """The mix of a graph, a name in FOLDER or its text; or what is wrong with it."""
    try:
        plan = audiograph.load(graph, settings, limits=limits)
        mp3 = io.BytesIO()
        report = audiograph.render(plan, mp3, format="mp3", jobs=1, limits=limits)
    except audiograph.GraphError as error:
        return refused(400, *error.problems)
    except audiograph.LimitError as error:
        return refused(413, error.problem)
    except (audiograph.AudioFileError, audiograph.RenderError) as error:  # a damaged upload
        return refused(400, audiograph.Problem("", "", str(error)))
    facts = {
        "length": report.length,
        "peak": report.files[0].peak,
        "clipped": report.files[0].clipped,
        "expected": [{"what": public(str(each)), "holds": each.holds} for each in report.findings],
        "notes": [public(str(note)) for note in plan.notes],
    }
    return Answer(200, mp3.getvalue(), "audio/mpeg", json.dumps(facts))


def refused(status: int, *problems: audiograph.Problem) -> Answer:
    """A response that lists problems."""
    facts = [{"where": public(each.where), "node": each.node, "what": public(each.what)} for each in problems]
    return Answer(status, json.dumps({"problems": facts}).encode())


def public(text: str) -> str:
    """A message with the names of files, but not the folders of this server they are in."""
    return re.sub(r"(?<![\w.])/(?:[^/\s'\"]+/)*", "", text.replace(f"{FOLDER}{os.sep}", ""))


async def answered(reader: asyncio.StreamReader) -> Answer | None:
    """The response to a request; None if the client has gone."""
    async with asyncio.timeout(PATIENCE):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in head[1:])}
        size = int(fields.get("content-length", 0))
        if not 0 < size <= LARGEST:
            return refused(400, audiograph.Problem("", "", "POST the bytes of a sound file, or a graph"))
        body = await reader.readexactly(size)
    url = urlsplit(head[0].split()[1])
    settings: dict[str, Any] = dict(parse_qsl(url.query))
    if url.path == "/graph":
        graph = body.decode(errors="replace") + "\n"
    else:
        graph, settings["voice"] = "voice_over.yaml", body
    cancel = threading.Event()
    async with AT_ONCE:
        work = asyncio.to_thread(mixed, graph, settings, replace(LIMITS, cancel=cancel))
        rendering, gone = asyncio.ensure_future(work), asyncio.ensure_future(reader.read(1))
        await asyncio.wait((rendering, gone), return_when=asyncio.FIRST_COMPLETED)
        if not rendering.done():  # the client has hung up
            cancel.set()
        gone.cancel()
        try:
            return await rendering
        except audiograph.Cancelled:
            return None


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read one request and write its response."""
    try:
        response = await answered(reader)
    except (ValueError, IndexError, EOFError, TimeoutError, asyncio.LimitOverrunError):
        response = refused(400, audiograph.Problem("", "", "is not a request"))
    except Exception as error:  # a mistake of this server, which is nobody else's business
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        response = refused(500, audiograph.Problem("", "", "the mix failed"))
    with contextlib.suppress(OSError):
        if response:
            head = f"HTTP/1.1 {response.status} -\r\nContent-Type: {response.kind}\r\n"
            head += f"Content-Length: {len(response.content)}\r\nReport: {response.report}\r\n"
            writer.write(f"{head}Connection: close\r\n\r\n".encode() + response.content)
            await writer.drain()
        writer.close()


async def serve(port: int) -> None:
    """Serve until the program is stopped; port 0 is any that is free."""
    os.chdir(FOLDER)  # where the paths in graphs and settings begin
    server = await asyncio.start_server(answer, "127.0.0.1", port)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
