"""A hub that takes everything and keeps nothing, as fast as Python can: what is measured against it is the box.

    python -m tests.bench.quick_hub CERT KEY CA        prints its port, ends with its standard input

TLS 1.3 with client certificates, connections kept open. Every transaction is answered as committed, entry by entry; every
search finds nothing; nothing else is there.
"""

from __future__ import annotations

import asyncio
import ssl
import sys

_ENTRY = b'{"response":{"status":"200"}}'
_EMPTY = b'{"resourceType":"Bundle","type":"searchset"}'
_NOTHING = b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-found"}]}'


def answer_to(head: bytes, body: bytes) -> bytes:
    if not head.startswith(b"POST"):
        return _whole(b"404 Not Found", _NOTHING)
    if b"/_search" in head.split(b"\r\n", 1)[0]:
        return _whole(b"200 OK", _EMPTY)
    entries = b",".join([_ENTRY] * body.count(b'"request":{"method"'))
    told = b'{"resourceType":"Bundle","type":"transaction-response","entry":[' + entries + b"]}"
    return _whole(b"200 OK", told)


def _whole(status: bytes, body: bytes) -> bytes:
    return (
        b"HTTP/1.1 %b\r\nContent-Type: application/fhir+json\r\nContent-Length: %d\r\n\r\n"
        % (
            status,
            len(body),
        )
        + body
    )


async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (
                    int(line[15:])
                    for line in head.lower().split(b"\r\n")
                    if line.startswith(b"content-length:")
                ),
                0,
            )
            body = await reader.readexactly(length) if length else b""
            writer.write(answer_to(head, body))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main(cert: str, key: str, ca: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(cert, key)
    context.load_verify_locations(ca)
    context.verify_mode = ssl.CERT_REQUIRED
    server = await asyncio.start_server(serve_one, "127.0.0.1", 0, ssl=context, limit=8 * 1024 * 1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
