"""A name server on loopback that knows what a test tells it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import cast

import dns.asyncresolver
import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from digest.doctor.names import Names


class _Server(asyncio.DatagramProtocol):
    def __init__(self, zone: Mapping[tuple[str, str], list[str]], *, silent: bool) -> None:
        self._zone = zone
        self._silent = silent
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._silent or self._transport is None:
            return
        asked = dns.message.from_wire(data)
        (question,) = asked.question
        name, kind = question.name.to_text(omit_final_dot=True), question.rdtype.name
        answer = dns.message.make_response(asked)
        answer.flags |= dns.flags.RA
        known = self._zone.get((name, kind))
        if known:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *known))
        elif not any(each == name for each, _ in self._zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(answer.to_wire(), addr)


@asynccontextmanager
async def name_server(
    zone: Mapping[tuple[str, str], list[str]], *, silent: bool = False
) -> AsyncIterator[Names]:
    """Serve a zone, by name and kind of record; gives a way to ask it, and nobody else."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Server(zone, silent=silent), local_addr=("127.0.0.1", 0)
    )
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = transport.get_extra_info("sockname")[1]
    try:
        yield Names(resolver)
    finally:
        transport.close()
