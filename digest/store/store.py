"""The one way to state: a Store holds the database and a table object for each kind of record.

Calls are synchronous and short; the service runs them through a StoreThread. Every writing method
is one transaction. The public methods of the tables are what another database would have to offer.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self, TypeVar

from digest.errors import StoreError
from digest.store.alerts import AlertTable
from digest.store.archive import ArchiveTable
from digest.store.bounces import BounceTable
from digest.store.channels import ChannelTable
from digest.store.corrections import CorrectionTable
from digest.store.database import Database, open_at_once, open_database
from digest.store.deliveries import DeliveryTable
from digest.store.entries import EntryTable
from digest.store.feeds import FeedTable
from digest.store.figures import FigureTable
from digest.store.habits import HabitTable
from digest.store.hosts import HostTable
from digest.store.inbox import InboxTable
from digest.store.issues import IssueTable
from digest.store.meta import Key
from digest.store.moves import MoveTable
from digest.store.mutes import MuteTable
from digest.store.newcomers import NewcomerTable
from digest.store.notices import NoticeTable
from digest.store.outbox import OutboxTable
from digest.store.persons import PersonTable
from digest.store.pruning import PruneTable
from digest.store.readings import ReadingTable
from digest.store.requests import RequestTable
from digest.store.restored import RestoredTable
from digest.store.reviews import ReviewTable
from digest.store.service import ServiceTable
from digest.store.stages import StageTable
from digest.store.subscribers import SubscriberTable
from digest.store.telling import TellingTable
from digest.store.traces import TraceTable
from digest.store.trouble import TroubleTable

T = TypeVar("T")


class Store:
    """All state of one installation. A context manager; closing it ends every table."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.feeds = FeedTable(database)
        self.hosts = HostTable(database)
        self.entries = EntryTable(database)
        self.readings = ReadingTable(database)
        self.corrections = CorrectionTable(database)
        self.stages = StageTable(database)
        self.issues = IssueTable(database)
        self.reviews = ReviewTable(database)
        self.archive = ArchiveTable(database)
        self.subscribers = SubscriberTable(database)
        self.persons = PersonTable(database)
        self.newcomers = NewcomerTable(database)
        self.moves = MoveTable(database)
        self.deliveries = DeliveryTable(database)
        self.bounces = BounceTable(database)
        self.requests = RequestTable(database)
        self.inbox = InboxTable(database)
        self.alerts = AlertTable(database)
        self.telling = TellingTable(database)
        self.channels = ChannelTable(database)
        self.mutes = MuteTable(database)
        self.habits = HabitTable(database)
        self.notices = NoticeTable(database)
        self.outbox = OutboxTable(database)
        self.figures = FigureTable(database)
        self.trouble = TroubleTable(database)
        self.pruning = PruneTable(database)
        self.restored = RestoredTable(database)
        self.traces = TraceTable(database)
        self.service = ServiceTable(database)

    @classmethod
    def open(cls, state: Path) -> Self:
        """Open the store in this folder; make or migrate it first where that is needed.

        Raises StoreError if it is damaged, newer than this program, or cannot be opened.
        """
        return cls(open_database(state))

    @classmethod
    def open_to_read(cls, state: Path) -> Self:
        """Open the store for reading only; an installation that never ran looks empty."""
        return cls(open_database(state, read_only=True))

    @classmethod
    def open_at_once(cls, state: Path) -> Self:
        """Open it for reading as it is; StoreError where that would take time or a migration."""
        return cls(open_at_once(state))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make all that is written inside happen together, or nothing of it."""
        with self._database.transaction():
            yield

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """The same; inside a transaction, what fails is undone alone."""
        with self._database.savepoint():
            yield

    def together(self, calls: Sequence[Callable[[], T]]) -> list[T | Exception]:
        """Run writing calls in one transaction; one that fails is undone alone, and told of.

        Where one fails, all are undone and run again, each in a transaction of its own: to be ready
        to undo one alone takes SQLite half as long again as all the writing. Raises StoreError, and
        then of those that ran together nothing was done.
        """
        try:
            with self._database.transaction():
                return [call() for call in calls]
        except StoreError:
            raise
        except Exception:  # noqa: BLE001  # each alone shows whose it is
            return [self._tried(call) for call in calls]

    def _tried(self, call: Callable[[], T]) -> T | Exception:
        try:
            with self._database.transaction():
                return call()
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  # whoever made the call gets it
            return error

    def scrub(self) -> None:
        """Leave nothing of what was erased in the journal. Call it outside of transactions."""
        self._database.scrub()

    def secret(self) -> bytes:
        """The key that signs tokens and hashes addresses; it stays the same for ever.

        Raises StoreError where somebody has deleted it.
        """
        found = self._database.meta.get(Key.SECRET)
        if found is None:  # an empty key would sign what anybody can forge
            raise StoreError(f"{self._database.path}: has lost its secret; restore a backup")
        return bytes.fromhex(found)
