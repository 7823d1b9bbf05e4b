"""What our own loop sees that the library does not: many answers at once, and junk between them."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.mail.pipeline import MAX_REPLY, PipelinedConnection
from digest.mail.replies import Accepted, Busy, Deferred, Disliked, Lost, Outcome, Refused, Unknown
from digest.mail.smtp import SmtpTransport, Timeouts
from digest.settings import MailSettings, Server
from tests.mail.builders import message
from tests.mail.server import DROP, HOST, Say, Script, scripted_server, smtp_sink

QUICK = Timeouts(connect=10, command=0.3, body=0.3)
HELLO = "220 raw ESMTP\r\n"
EHLO = "250-raw\r\n250-PIPELINING\r\n250 8BITMIME\r\n"


def transport(port: int, tls: str = "none", context: ssl.SSLContext | None = None) -> SmtpTransport:
    made = MailSettings(
        from_name="Kuruma Weekly",
        from_address="weekly@example.org",
        server=Server(host=HOST, port=port, tls=tls),
    )
    return SmtpTransport(made, context, QUICK)


async def connected(maker: SmtpTransport) -> PipelinedConnection:
    connection = await maker.connect()
    assert isinstance(connection, PipelinedConnection), connection
    return connection


async def send_all(connection: PipelinedConnection, *numbers: int, **given: Any) -> list[Outcome]:
    messages = [message(number, **given) for number in numbers]
    return [
        await connection.send(one, then)
        for one, then in zip(messages, [*messages[1:], None], strict=True)
    ]


def at(step: str, said: Say, connection: int = 1, number: int = 1) -> Script:
    return lambda *now: said if now == (step, connection, number) else None


# --- one write, many answers --------------------------------------------------------------------


async def test_the_next_envelope_travels_with_the_body_before_it() -> None:
    async with scripted_server() as server:
        connection = await connected(transport(server.port))
        assert await send_all(connection, 1, 2, 3) == [Accepted("250 2.0.0 queued")] * 3
        await connection.close()
    envelope = ["MAIL", "RCPT", "DATA", "."]
    assert server.steps == ["connect", "EHLO", *envelope * 3, "QUIT"]
    assert [got.recipient for got in server.received] == [
        f"reader{n}@example.com" for n in (1, 2, 3)
    ]


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(talk: Talk, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server that talks as it likes; gives its port. What the client does to it is no error."""

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
            if await reader.readline():  # QUIT
                writer.write(b"221 bye\r\n")
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()
            ended.set()

    ended = asyncio.Event()
    server = await asyncio.start_server(one, HOST, 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]
        await ended.wait()


async def greet(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ehlo: str = EHLO
) -> None:
    writer.write(HELLO.encode())
    await reader.readline()
    writer.write(ehlo.encode())


@asynccontextmanager
async def raw_server(*said: str) -> AsyncIterator[int]:
    """Answers with bytes as they stand: the first to an envelope, the others to bodies."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(reader, writer)
        await reader.readuntil(b"DATA\r\n")
        writer.write(said[0].encode())
        for text in said[1:]:
            await reader.readuntil(b"\r\n.\r\n")
            writer.write(text.encode())

    async with listening(talk) as port:
        yield port


GO = "250 ok\r\n250 ok\r\n354 go\r\n"


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ([GO, "250 ok\r\n"], Accepted),
        (["250-ok\r\n250-still\r\n250 ok\r\n250 ok\r\n354 go\r\n", "250-a\r\n250 b\r\n"], Accepted),
        (["250 ok\n250 ok\n354 go\n", "250\n"], Accepted),  # bare line ends, and no words
        # Out of step before the body: nothing of it has left.
        (["250 ok\r\n250 ok\r\n250 go\r\n"], Lost),
        (["250 ok\r\nhello\r\n354 go\r\n"], Lost),
        (["250 ok\r\n250-a\r\n354 go\r\n354 go\r\n"], Lost),
        (["150 ok\r\n250 ok\r\n354 go\r\n"], Lost),
        (["354 ok\r\n250 ok\r\n354 go\r\n"], Lost),
        (["250 ok\r\n" + "250-x\r\n" * (MAX_REPLY // 5)], Lost),
        (["250 ok\r\n" + "x" * (MAX_REPLY + 1)], Lost),
        # Out of step after it: nobody knows.
        ([GO, "354 what\r\n"], Unknown),
        ([GO, "hello\r\n"], Unknown),
        ([GO, "25x ok\r\n"], Unknown),
        ([GO, "2500 ok\r\n"], Unknown),
    ],
)
async def test_what_comes_is_an_answer_or_ends_the_talk(said: list[str], meaning: type) -> None:
    async with raw_server(*said) as port:
        connection = await connected(transport(port))
        (outcome,) = await send_all(connection, 1)
        assert isinstance(outcome, meaning), outcome
        assert connection.usable is (meaning is Accepted)
        await connection.close()


async def test_words_that_nobody_asked_for_end_the_talk_before_the_next_message() -> None:
    async with raw_server(GO, "250 ok\r\n250 and one more\r\n") as port:
        connection = await connected(transport(port))
        first, second = await send_all(connection, 1, 2)
        assert (first, type(second)) == (Accepted("250 ok"), Lost)
        assert not connection.usable


@settings(max_examples=15, deadline=None)
@given(st.sets(st.integers(1, len(GO) - 1)))
def test_answers_may_come_in_any_pieces(cuts: set[int]) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(reader, writer)
        await reader.readuntil(b"DATA\r\n")
        for start, end in pairwise([0, *sorted(cuts), len(GO)]):
            writer.write(GO[start:end].encode())
            await asyncio.sleep(0)  # so that each piece may travel alone
        await reader.readuntil(b"\r\n.\r\n")
        for letter in "250 2.0.0 taken\r\n":
            writer.write(letter.encode())
            await asyncio.sleep(0)

    async def send() -> list[Outcome]:
        async with listening(talk) as port:
            connection = await connected(transport(port))
            outcomes = await send_all(connection, 1)
            await connection.close()
        return outcomes

    assert asyncio.run(send()) == [Accepted("250 2.0.0 taken")]


# --- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize(
    ("step", "said", "meaning", "goes_on"),
    [
        ("MAIL", Say("451 4.3.0 later"), Busy, True),
        ("RCPT", Say("550 5.1.1 unknown"), Refused, True),
        ("RCPT", Say("550 5.7.1 relaying denied"), Disliked, True),
        ("DATA", Say("451 4.3.0 later"), Deferred, True),
        (".", Say("552 5.2.2 over quota"), Refused, True),
        ("MAIL", Say("421 4.3.2 enough", close=True), Busy, False),
        ("RCPT", Say("421 4.3.2 enough", close=True), Deferred, False),
        ("DATA", Say("421 4.3.2 enough", close=True), Deferred, False),
        (".", Say("421 4.3.2 enough", close=True), Deferred, False),
        ("MAIL", DROP, Lost, False),
        ("RCPT", DROP, Lost, False),
        ("DATA", DROP, Lost, False),  # the body had not left: the library could not know
        (".", DROP, Unknown, False),
    ],
)
async def test_each_message_of_a_group_gets_its_own_answer(
    step: str,
    said: Say,
    meaning: type,
    goes_on: bool,  # noqa: FBT001  # a column of the table
    number: int,
) -> None:
    async with scripted_server(at(step, said, 1, number)) as server:
        connection = await connected(transport(server.port))
        outcomes = await send_all(connection, 1, 2, 3)
        await connection.close()
    kinds: list[type] = [Accepted] * 3
    kinds[number - 1] = meaning
    if not goes_on:
        kinds[number:] = [Lost] * (3 - number)
    assert [type(outcome) for outcome in outcomes] == kinds
    arrived = [f"reader{n + 1}@example.com" for n, kind in enumerate(kinds) if kind is Accepted]
    assert [got.recipient for got in server.received] == arrived


@pytest.mark.parametrize(
    ("command", "body", "meaning"), [(0.2, 20.0, Lost), (20.0, 0.2, Unknown), (0.1, 0.4, Lost)]
)
async def test_each_wait_has_a_time_of_its_own(command: float, body: float, meaning: type) -> None:
    """The first message meets a server that takes its time, the second one that says no more."""
    timeouts = Timeouts(connect=10, command=command, body=body)
    patient = max(command, body)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(reader, writer)
        for begins in (command, body):
            await reader.readuntil(b"DATA\r\n" if begins is command else b"\r\n.\r\n")
            if begins == patient:
                await asyncio.sleep(0.25)  # longer than the other wait may be
            writer.write(GO.encode() if begins is command else b"250 ok\r\n")
        await reader.readuntil(b"DATA\r\n")
        if meaning is Unknown:
            writer.write(GO.encode())
        await reader.read()

    async with listening(talk) as port, asyncio.timeout(10):
        connection = await connected(replace(transport(port), timeouts=timeouts))
        first, second = await send_all(connection, 1, 2)
    assert (type(first), type(second)) == (Accepted, meaning)
    assert second.reply == "no answer in time"


async def test_a_body_that_is_asked_for_after_a_refusal_is_one_dot() -> None:
    def script(step: str, _connection: int, number: int) -> Say | None:
        refused = {"RCPT": Say("550 5.1.1 unknown"), "DATA": Say("354 go ahead all the same")}
        return refused.get(step) if number == 1 else None

    async with scripted_server(script) as server:
        connection = await connected(transport(server.port))
        first, second = await send_all(connection, 1, 2)
        await connection.close()
    assert (type(first), type(second)) == (Refused, Accepted)
    steps = ["MAIL", "RCPT", "DATA", ".", "RSET", "MAIL", "RCPT", "DATA", "."]
    assert server.steps == ["connect", "EHLO", *steps, "QUIT"]
    assert [got.recipient for got in server.received] == ["reader2@example.com"]


async def test_nobody_gets_an_empty_message_where_only_the_sender_is_refused() -> None:
    async with raw_server("451 no\r\n250 ok\r\n354 go\r\n") as port:
        connection = await connected(transport(port))
        (outcome,) = await send_all(connection, 1)
        assert isinstance(outcome, Busy)
        assert not connection.usable


@pytest.mark.parametrize("said", [Say("500 what"), DROP])
async def test_a_server_that_does_not_take_an_envelope_back_is_left(said: Say) -> None:
    def script(step: str, _connection: int, number: int) -> Say | None:
        if step == "RSET":
            return said
        return Say("550 5.1.1 no") if (step, number) == ("RCPT", 1) else None

    async with scripted_server(script) as server:
        connection = await connected(transport(server.port))
        first, second = await send_all(connection, 1, 2)
        assert (type(first), type(second)) == (Refused, Lost)
        assert not connection.usable
    assert server.received == []


async def test_another_message_than_the_one_announced_is_not_sent_under_its_envelope() -> None:
    async with scripted_server() as server:
        connection = await connected(transport(server.port))
        assert isinstance(await connection.send(message(1), message(2)), Accepted)
        assert isinstance(await connection.send(message(3)), Lost)
        assert not connection.usable
        await connection.close()
    assert [got.recipient for got in server.received] == ["reader1@example.com"]


@pytest.mark.parametrize("recipient", ["550 5.1.1 nobody", "451 4.3.0 later"])
async def test_what_was_said_of_the_one_announced_is_nobody_elses_answer(recipient: str) -> None:
    async with raw_server(GO, f"250 ok\r\n250 ok\r\n{recipient}\r\n503 no\r\n") as port:
        connection = await connected(transport(port))
        assert isinstance(await connection.send(message(1), message(2)), Accepted)
        assert isinstance(await connection.send(message(3)), Lost)
        assert not connection.usable


async def test_leaving_after_an_announcement_sends_nothing() -> None:
    async with scripted_server() as server:
        connection = await connected(transport(server.port))
        await connection.send(message(1), message(2))
        await connection.close()
    assert [got.recipient for got in server.received] == ["reader1@example.com"]
    assert "QUIT" not in server.steps


@pytest.mark.parametrize("of", ["envelope_from", "recipient"])
@pytest.mark.parametrize("bad", ["a@example.com>\r\nRCPT TO:<b@example.com", "a\x00@x", "a b@x"])
async def test_no_address_can_say_a_command(of: str, bad: str) -> None:
    evil = message(2, **{of: bad})
    async with scripted_server() as server:
        connection = await connected(transport(server.port))
        assert isinstance(await connection.send(message(1), evil), Accepted)
        with pytest.raises(ValueError, match="characters"):
            await connection.send(evil)
        await connection.close()
    assert [got.recipient for got in server.received] == ["reader1@example.com"]


async def test_an_address_in_japanese_goes_only_where_it_is_understood() -> None:
    with smtp_sink() as sink:  # it offers SMTPUTF8, but no PIPELINING
        assert not isinstance(await transport(sink.port).connect(), PipelinedConnection)
    async with scripted_server() as server:
        connection = await connected(transport(server.port))
        japanese = message(2, recipient="太郎@example.jp")
        assert isinstance(await connection.send(message(1), japanese), Accepted)
        assert isinstance(await connection.send(japanese), Refused)
        assert isinstance(await connection.send(message(3)), Accepted)
        await connection.close()
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(reader, writer, EHLO.replace("8BITMIME", "SMTPUTF8"))
        heard.append(await reader.readuntil(b"DATA\r\n"))
        writer.write(GO.encode())
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"250 ok\r\n")

    async with listening(talk) as port:
        connection = await connected(transport(port))
        assert isinstance(await connection.send(japanese), Accepted)
        await connection.close()
    assert " SMTPUTF8\r\nRCPT TO:<太郎@example.jp>".encode() in heard[0]


# --- bodies -------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["", ".", "..", ".x", "x.", "words", "x" * 900]), min_size=1))
def test_a_body_arrives_as_it_is_whatever_dots_begin_its_lines(lines: list[str]) -> None:
    data = "".join(f"{line}\r\n" for line in lines).encode()

    async def arrives() -> bytes:
        async with scripted_server() as server:
            connection = await connected(transport(server.port))
            await send_all(connection, 1, 2, data=data)
            await connection.close()
        assert len(server.received) == 2
        return server.received[1].data

    assert asyncio.run(arrives()) == data


async def test_a_body_without_a_last_line_end_gets_one() -> None:
    async with scripted_server() as server:
        connection = await connected(transport(server.port))
        await send_all(connection, 1, data=b"A: b\r\n\r\nwords")
        await connection.close()
    assert server.received[0].data == b"A: b\r\n\r\nwords\r\n"


async def test_a_large_body_to_a_slow_reader_arrives_whole() -> None:
    data = b"A: b\r\n\r\n" + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 60_000
    async with scripted_server() as server:
        maker = replace(transport(server.port), timeouts=Timeouts(connect=10, command=20, body=20))
        connection = await connected(maker)
        assert await send_all(connection, 1, 2, data=data) == [Accepted("250 2.0.0 queued")] * 2
        await connection.close()
    assert [got.data for got in server.received] == [data, data]


# --- the connection that is taken over ------------------------------------------------------------


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
async def test_it_works_under_tls(tls: str) -> None:
    authority = trustme.CA()
    for_server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(HOST).configure_cert(for_server)
    for_client = ssl.create_default_context()
    authority.configure_trust(for_client)
    got: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HELLO.encode())
        while line := await reader.readline():
            if line.startswith(b"EHLO"):
                offered = "" if writer.get_extra_info("ssl_object") else "250-STARTTLS\r\n"
                writer.write(EHLO.replace("250 8", f"{offered}250 8").encode())
            elif line.startswith(b"STARTTLS"):
                writer.write(b"220 go\r\n")
                await writer.start_tls(for_server)
            elif line.startswith(b"DATA"):
                writer.write(b"354 go\r\n")
                got.append(await reader.readuntil(b"\r\n.\r\n"))
                writer.write(b"250 taken\r\n")
            else:
                writer.write(b"250 ok\r\n")

    async with listening(talk, for_server if tls == "implicit" else None) as port:
        connection = await connected(transport(port, tls, for_client))
        outcomes = await send_all(connection, 1, 2, 3)
        await connection.close()
    assert outcomes == [Accepted("250 taken")] * 3
    assert len(got) == 3


async def test_a_server_that_hangs_up_between_messages_is_noticed() -> None:
    async with scripted_server(at(".", Say("250 2.0.0 last one", close=True))) as server:
        connection = await connected(transport(server.port))
        assert await connection.send(message(1)) == Accepted("250 2.0.0 last one")
        outcome = await connection.send(message(2))
        assert isinstance(outcome, Lost)
        assert re.search("closed|hung up|reset|connection", outcome.reply, re.IGNORECASE)
        await connection.close()
