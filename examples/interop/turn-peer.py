"""turn-peer.py RELAY: aioice with an allocation of its own; prints its address, then sends back what it gets."""
import asyncio
import sys

from aioice.turn import create_turn_endpoint


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        print(len(data), addr, flush=True)
        self.transport.sendto(data, addr)


async def main():
    relay = (sys.argv[1], 3478)
    transport, _ = await create_turn_endpoint(Echo, relay, username="alice", password="secret")
    # Whoever is at this address may send from now on.
    transport.sendto(b"permission", (sys.argv[1], 9))
    await asyncio.sleep(0.5)
    print("%s:%d" % transport.get_extra_info("sockname")[:2], flush=True)
    await asyncio.sleep(300)


asyncio.run(main())
