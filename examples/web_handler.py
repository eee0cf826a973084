"""A web service that puts music under a voice, with nothing but asyncio.

    python examples/web_handler.py 8000
    curl --data-binary @voice.wav 'localhost:8000/?bed=-12dB' -o mix.mp3

Renders run in threads, and the kernels release the GIL, so the event loop stays
responsive. In a web framework it is the same call: `await asyncio.to_thread(...)`.
"""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import audiograph

GRAPH = Path(__file__).parents[1] / "graphs" / "voice_over.yaml"
OPEN = {"bed", "depth", "lead"}  # parameters a client may set; no files, which would be read from this server
LARGEST = 100_000_000  # bytes of an uploaded voice
AT_ONCE = asyncio.Semaphore(4)


async def mixed(voice: bytes, settings: Mapping[str, str]) -> tuple[int, str, bytes]:
    """Status, content type and content of the response."""
    if unknown := settings.keys() - OPEN:
        return 400, "text/plain", f"cannot be set: {', '.join(sorted(unknown))}\n".encode()
    try:
        async with AT_ONCE:
            mp3 = await asyncio.to_thread(
                audiograph.render, GRAPH, bytes, {"voice": voice, **settings}, format="mp3"
            )
    except audiograph.GraphError as error:  # a setting of the client is wrong
        return 400, "text/plain", "".join(f"{problem}\n" for problem in error.problems).encode()
    except audiograph.AudiographError as error:
        return 500, "text/plain", f"{error}\n".encode()
    return 200, "audio/mpeg", mp3


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read one request and write its response."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    fields = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in head[1:])}
    size = int(fields.get("content-length", 0))
    if 0 < size <= LARGEST:
        settings = dict(parse_qsl(urlsplit(head[0].split()[1]).query))
        status, kind, content = await mixed(await reader.readexactly(size), settings)
    else:
        status, kind, content = 400, "text/plain", b"POST the bytes of a sound file\n"
    head = [f"HTTP/1.1 {status} -", f"Content-Type: {kind}", f"Content-Length: {len(content)}"]
    writer.write("\r\n".join([*head, "Connection: close", "", ""]).encode() + content)
    await writer.drain()
    writer.close()


async def serve(port: int) -> None:
    """Serve until the program is stopped."""
    server = await asyncio.start_server(answer, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
