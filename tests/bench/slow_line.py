"""A line with a delay, where the kernel has none to offer: what comes in on one side leaves the other so much later.

    python -m tests.bench.slow_line PORT ONE_WAY_MS    prints its own port, ends with its standard input

Order is kept, nothing is lost, and bandwidth is not limited.
"""

from __future__ import annotations

import asyncio
import sys

_PIECE_BYTES = 65_536


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_s: float) -> None:
    loop = asyncio.get_running_loop()
    try:
        while piece := await reader.read(_PIECE_BYTES):
            loop.call_later(delay_s, _write, writer, piece)
    except ConnectionError:
        pass
    loop.call_later(delay_s, writer.close)


def _write(writer: asyncio.StreamWriter, piece: bytes) -> None:
    if not writer.is_closing():
        writer.write(piece)


async def main(port: int, delay_s: float) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(carry(reader, back, delay_s), carry(there, writer, delay_s))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]) / 1000))
