import asyncio
import ssl
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import pytest
import trustme

from digest.mail.replies import (
    Accepted,
    Blocked,
    Busy,
    Deferred,
    Disliked,
    Lost,
    Outcome,
    Refused,
    Unknown,
)
from digest.mail.smtp import SmtpTransport, Timeouts
from digest.mail.transport import Connection
from digest.settings import MailSettings, Server
from tests.mail.builders import message
from tests.mail.server import (
    DROP,
    HANG,
    HOST,
    Say,
    Scripted,
    scripted_server,
    smtp_sink,
)

QUICK = Timeouts(connect=10, command=0.3, body=0.3)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(HOST).configure_cert(context)
    return context


@pytest.fixture
def client_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def transport(
    port: int,
    tls: str = "none",
    *,
    tls_context: ssl.SSLContext | None = None,
    timeouts: Timeouts = QUICK,
    **given: Any,
) -> SmtpTransport:
    settings = MailSettings(
        from_name="Kuruma Weekly",
        from_address="weekly@example.org",
        server=Server(host=HOST, port=port, tls=tls),
        **given,
    )
    return SmtpTransport(settings, tls_context, timeouts)


Servers = Callable[..., AbstractAsyncContextManager[Scripted]]


@pytest.fixture(params=[True, False], ids=["pipelined", "plain"])
def server_with(request: pytest.FixtureRequest) -> Servers:
    """Both ways of sending must come to the same end."""
    return partial(scripted_server, pipelining=request.param)


async def connected(maker: SmtpTransport) -> Connection:
    connection = await maker.connect()
    assert not isinstance(connection, Blocked | Busy | Lost), connection
    return connection


async def send_one(maker: SmtpTransport, **given: Any) -> Outcome:
    connection = await connected(maker)
    try:
        return await connection.send(message(**given))
    finally:
        await connection.close()


# --- a real server ------------------------------------------------------------------------------


async def test_a_message_arrives_as_it_was_sent() -> None:
    with smtp_sink() as sink:
        outcome = await send_one(transport(sink.port))
    assert outcome == Accepted("250 2.0.0 queued as 000001")
    (got,) = sink.received
    assert (got.sender, got.recipient) == ("weekly@example.org", "reader1@example.com")
    assert got.data == message().data


async def test_starttls_and_login(server_tls: ssl.SSLContext, client_tls: ssl.SSLContext) -> None:
    with smtp_sink(tls_context=server_tls, login=("weekly", "pw")) as sink:
        outcome = await send_one(
            transport(
                sink.port, "starttls", username="weekly", password="pw", tls_context=client_tls
            )
        )
    assert isinstance(outcome, Accepted)
    assert sink.received[0].login == "weekly"
    assert sink.received[0].tls


async def test_tls_from_the_first_byte(
    server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    with smtp_sink(tls_context=server_tls, implicit=True) as sink:
        outcome = await send_one(transport(sink.port, "implicit", tls_context=client_tls))
    assert isinstance(outcome, Accepted)


@pytest.mark.parametrize("way", ["starttls", "implicit"])
async def test_a_certificate_that_nobody_vouches_for_blocks(
    way: str, server_tls: ssl.SSLContext
) -> None:
    with smtp_sink(tls_context=server_tls, implicit=way == "implicit") as sink:
        outcome = await transport(sink.port, way).connect()
    assert isinstance(outcome, Blocked)
    assert "certificate" in outcome.reply


async def test_a_wrong_password_blocks_and_is_not_repeated_in_words(
    server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    with smtp_sink(tls_context=server_tls, login=("weekly", "pw")) as sink:
        maker = transport(
            sink.port, "starttls", username="weekly", password="canary", tls_context=client_tls
        )
        outcome = await maker.connect()
    assert isinstance(outcome, Blocked)
    assert outcome.reply.startswith("535")
    assert "canary" not in outcome.reply + repr(maker)


async def test_a_server_without_the_tls_that_we_ask_for_blocks() -> None:
    with smtp_sink() as sink:
        outcome = await transport(sink.port, "starttls").connect()
    assert isinstance(outcome, Blocked)
    assert "STARTTLS" in outcome.reply


async def test_an_address_in_japanese_needs_a_server_that_can() -> None:
    with smtp_sink() as sink:
        outcome = await send_one(transport(sink.port), recipient="太郎@example.jp")
    assert isinstance(outcome, Accepted)
    assert sink.received[0].recipient == "太郎@example.jp"
    async with scripted_server() as server:
        outcome = await send_one(transport(server.port), recipient="太郎@example.jp")
    assert isinstance(outcome, Refused)
    assert "MAIL" not in server.steps


async def test_the_null_sender_is_sent_as_such(server_with: Servers) -> None:
    async with server_with() as server:
        await send_one(transport(server.port), envelope_from="")
    assert server.received[0].sender == ""


# --- how attempts end ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "said", "meaning", "still_connected"),
    [
        ("MAIL", Say("421 4.3.2 too busy", close=True), Busy, False),
        ("MAIL", Say("451 4.3.0 later"), Busy, True),
        ("MAIL", Say("550 5.1.8 bad sender"), Blocked, True),
        ("RCPT", Say("450 4.2.0 greylisted"), Deferred, True),
        ("RCPT", Say("550 5.1.1 unknown"), Refused, True),
        ("RCPT", Say("550 5.7.1 relaying denied"), Disliked, True),
        ("RCPT", Say("421 4.3.2 going down", close=True), Deferred, False),
        ("RCPT", DROP, Lost, False),
        ("RCPT", HANG, Lost, False),
        ("DATA", Say("451 4.3.0 later"), Deferred, True),
        ("DATA", Say("554 5.5.1 no valid recipients"), Disliked, True),
        (".", Say("451 4.3.0 later"), Deferred, True),
        (".", Say("554 5.7.1 spam"), Disliked, True),
        (".", Say("552 5.2.2 over quota"), Refused, True),
        (".", Say("421 4.3.2 closing", close=True), Deferred, False),
        (".", DROP, Unknown, False),
        (".", HANG, Unknown, False),
        ("MAIL", Say("what?"), Lost, False),
        ("RCPT", Say("what?"), Lost, False),
        (".", Say("what?"), Unknown, False),
    ],
)
async def test_how_an_attempt_ends(
    step: str,
    said: Say,
    meaning: type,
    still_connected: bool,  # noqa: FBT001  # a column of the table
    server_with: Servers,
) -> None:
    def script(at: str, connection: int, number: int) -> Say | None:
        return said if (at, connection, number) == (step, 1, 1) else None

    async with server_with(script) as server:
        connection = await connected(transport(server.port, timeouts=QUICK))
        outcome = await connection.send(message(1))
        assert isinstance(outcome, meaning), outcome
        assert connection.usable is still_connected
        if still_connected:  # and in step: the next message gets its own answers
            assert isinstance(await connection.send(message(2)), Accepted)
            assert [r.recipient for r in server.received] == ["reader2@example.com"]
        await connection.close()


@pytest.mark.parametrize("step", ["RCPT", "."])
async def test_an_end_that_is_no_answer_is_marked_as_such(step: str, server_with: Servers) -> None:
    def script(at: str, _connection: int, _number: int) -> Say | None:
        return Say("what?") if at == step else None

    async with server_with(script) as server:
        outcome = await send_one(transport(server.port))
    assert isinstance(outcome, Lost | Unknown)
    assert outcome.garbled
    assert "what?" in outcome.reply


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("SSH-2.0-OpenSSH", "SSH-2.0-OpenSSH"),
        ("HTTP/1.1 400 Bad Request", "HTTP/1.1 400 Bad Request"),
        ("\x1b[2Jowned", "?[2Jowned"),
    ],
)
async def test_a_server_of_another_protocol_is_told_in_words(said: str, shown: str) -> None:
    async with scripted_server(lambda *_: Say(said, close=True)) as server:
        outcome = await transport(server.port).connect()
    where = f"{HOST}:{server.port}"
    assert outcome == Blocked(f"{where}: the server does not speak SMTP: {shown}")


@pytest.mark.parametrize(
    ("step", "said", "meaning"),
    [
        ("connect", Say("554 5.3.2 no service"), Blocked),
        ("connect", Say("421 4.7.0 too many connections", close=True), Busy),
        ("connect", DROP, Lost),
        ("EHLO", Say("421 4.3.2 not now", close=True), Busy),
        ("EHLO", DROP, Lost),
    ],
)
async def test_how_a_connection_fails(step: str, said: Say, meaning: type) -> None:
    def script(at: str, _connection: int, _number: int) -> Say | None:
        return said if at == step else None

    async with scripted_server(script) as server:
        outcome = await transport(server.port, username="x").connect()
    assert isinstance(outcome, meaning), outcome


async def test_a_server_that_is_not_there_is_no_fault_of_the_message() -> None:
    async with scripted_server() as server:
        port = server.port
    assert isinstance(await transport(port).connect(), Lost)


async def test_a_server_that_never_greets_is_given_up() -> None:
    async with scripted_server(lambda *_: HANG) as server:
        maker = transport(server.port, timeouts=Timeouts(connect=0.2))
        assert isinstance(await maker.connect(), Lost)


async def test_connecting_can_be_cancelled() -> None:
    reached = asyncio.Event()

    def script(step: str, _connection: int, _number: int) -> Say | None:
        if step == "EHLO":
            reached.set()
            return HANG
        return None

    async with scripted_server(script) as server:
        task = asyncio.create_task(transport(server.port).connect())
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_without_a_server_nothing_is_sent() -> None:
    settings = MailSettings(from_name="", from_address="weekly@example.org")
    assert isinstance(await SmtpTransport(settings).connect(), Blocked)


async def test_a_cancelled_send_leaves_no_connection_out_of_step(
    server_with: Servers,
) -> None:
    reached = asyncio.Event()

    def script(step: str, _connection: int, _number: int) -> Say | None:
        if step == ".":
            reached.set()
            return HANG
        return None

    async with server_with(script) as server:
        connection = await connected(transport(server.port))
        task = asyncio.create_task(connection.send(message()))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not connection.usable


async def test_a_reset_that_fails_closes_the_connection() -> None:
    def script(step: str, _connection: int, _number: int) -> Say | None:
        return {"RCPT": Say("550 5.1.1 no"), "RSET": DROP}.get(step)

    async with scripted_server(script, pipelining=False) as server:
        connection = await connected(transport(server.port))
        assert isinstance(await connection.send(message()), Refused)
        assert not connection.usable
