"""The inbox against a process that dies at any moment: each mail is done once or not at all."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from digest.mail import inbox, settle
from digest.mail.inbox import UNREAD, Clerk, MaildirSource, Wanted, keep
from digest.mail.reports import Report
from digest.model import Preferences, Status
from digest.settings import InboxSettings
from digest.store import Store
from digest.subscribers.bymail import MailToUs, Outcome, Quiet, Unusable, handle
from digest.subscribers.desk import Desk
from digest.subscribers.importing import Vocabulary
from digest.subscribers.letters import Masthead
from digest.subscribers.tokens import leave_token
from tests.builders import NOW, database_of
from tests.mail.crashing import CrashError, Fuse

READERS = ("taro@example.com", "hana@example.net", "new@example.org")
REQUESTS = (
    "subscribe",
    "leave",
    "pause 4 weeks",
    "resume",
    "status",
    "help",
    "language: ja",
    "language: ja\nrhythm: daily",
    "休止 1週間",
    "what is that",
)


@dataclass(frozen=True)
class Sent:
    """A mail to the list."""

    sender: str
    body: str
    proven: bool
    twice: bool = False  # the mail server delivered it twice

    def raw(self, number: int, secret: bytes) -> bytes:
        result = "dmarc=pass" if self.proven else "dmarc=none"
        to = "weekly@example.org"
        if self.body == "token":
            to = f"weekly+leave-{leave_token(secret, 1)}@example.org"  # type: ignore[arg-type]
        sender = "a@example.com, b@example.com" if self.body == "nobody" else self.sender
        return (
            f"Authentication-Results: mx; {result}\nMessage-ID: <{number}@x>\n"
            f"From: {sender}\nTo: {to}\n\n{self.body}\n"
        ).encode()


SENT = st.builds(
    Sent,
    sender=st.sampled_from(READERS),
    body=st.sampled_from([*REQUESTS, "token", "nobody"]),
    proven=st.booleans(),
    twice=st.sampled_from([False, False, False, True]),
)


class World:
    """A state and a Maildir, and processes that die over them."""

    def __init__(self, folder: Path, mails: list[Sent]) -> None:
        self.folder = folder
        self.settings = InboxSettings(
            maildir=folder / "inbox", address="weekly@example.org", authserv_id="mx"
        )
        with Store.open(folder) as store:
            for reader in READERS[:2]:
                store.subscribers.add(
                    reader,
                    reader,
                    name="",
                    status=Status.ACTIVE,
                    preferences=Preferences(),
                    consent=None,
                    now=NOW,
                )
            # The secret is random, and the tokens with it.
            self.secret = store.secret()
        for number, sent in enumerate(mails):
            for _ in range(1 + sent.twice):
                keep(self.settings, sent.raw(number, self.secret))

    def process(self, fuse: Fuse) -> bool:
        """One process looks into the inbox; whether it lived to its end."""
        with self.dying_store(fuse) as store:
            desk = Desk(
                store=store,
                masthead=Masthead(title="Kuruma Weekly", editions={}, inbox=self.settings),
                vocabulary=Vocabulary(
                    rhythms=frozenset({"weekly", "daily"}),
                    companies=frozenset(),
                    topics=frozenset(),
                ),
            )

            async def act(wanted: Wanted) -> Outcome:
                if isinstance(wanted, Report):
                    kept = settle.keep(store, wanted, NOW)
                    return Quiet("kept") if isinstance(kept, settle.Kept) else Unusable("unknown")
                assert isinstance(wanted, MailToUs)
                return handle(desk, wanted, NOW)

            async def tell(_: str) -> None:
                fuse.tick()

            clerk = Clerk(settings=self.settings, secret=self.secret, act=act, tell=tell)
            try:
                asyncio.run(self.look(clerk, fuse))
            except CrashError:
                return False
        return True

    async def look(self, clerk: Clerk, fuse: Fuse) -> None:
        class Source(MaildirSource):
            async def read(self, name: str) -> bytes | None:
                fuse.tick()
                return await super().read(name)

            async def put_away(self, name: str, *, unread: bool) -> None:
                fuse.tick()
                await super().put_away(name, unread=unread)
                fuse.tick()

        await inbox.sweep(Source(self.settings.maildir), clerk)

    @contextmanager
    def dying_store(self, fuse: Fuse) -> Iterator[Store]:
        """A store each of whose statements may be the last. Not even a rollback follows then."""
        store = Store.open(self.folder)
        connection: Any = database_of(store).connection  # to die between statements
        execute = connection.execute
        execute("PRAGMA synchronous = OFF")  # no power fails here

        def dying(*given: Any) -> Any:
            if fuse.left == 0:
                raise CrashError
            fuse.tick()
            return execute(*given)

        connection.execute = dying
        try:
            yield store
        finally:
            del connection.execute
            store.close()

    def outcome(self) -> dict[str, Any]:
        """All that was done: readers, letters, questions, and where the mails lie."""
        with Store.open(self.folder) as store:
            readers = [replace(each, id=each.id) for each in store.subscribers.all()]
            letters = store.deliveries.claim(999, NOW + timedelta(days=99), resend_unknown=False)
            connection = database_of(store).connection  # no query shows them
            counts = {
                table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
                for table in ("confirmations", "received", "unproven_letters", "deliveries")
            }
        maildir = self.settings.maildir
        return {
            "readers": readers,
            "letters": Counter((mail.kind, mail.address) for mail in letters),
            "counts": counts,
            "new": len(list((maildir / "new").iterdir())),
            "done": len(list((maildir / "cur").iterdir())),
            "unread": len(list((maildir / UNREAD / "new").iterdir())),
        }


@given(
    mails=st.lists(SENT, min_size=1, max_size=8),
    lives=st.lists(st.integers(1, 150), max_size=8),
)
@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
def test_whatever_dies_when_each_mail_is_done_once(mails: list[Sent], lives: list[int]) -> None:
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        calm, killed = World(Path(first), mails), World(Path(second), mails)
        assert calm.process(Fuse(-1))
        for life in lives:
            killed.process(Fuse(life))
        assert killed.process(Fuse(-1))
        assert killed.outcome() == calm.outcome()
        assert killed.outcome()["new"] == 0


@pytest.mark.parametrize(
    ("body", "letters"), [("pause 4 weeks\nrhythm: daily", 1), ("what is that", 1), ("nobody", 0)]
)
def test_one_mail_killed_at_each_single_step_is_done_once(
    tmp_path: Path, body: str, letters: int
) -> None:
    mails = [Sent(READERS[0], body, proven=True)]
    calm = World(tmp_path / "calm", mails)
    assert calm.process(Fuse(-1))
    wanted = calm.outcome()
    assert wanted["letters"].total() == letters
    steps = 0
    while True:
        steps += 1
        world = World(tmp_path / str(steps), mails)
        lived = world.process(Fuse(steps))
        assert world.process(Fuse(-1))
        assert world.outcome() == wanted
        if lived:
            break
    assert steps > 8
