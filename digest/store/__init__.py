"""All state, in one SQLite file under state/. The only place with SQL."""

from digest.store.store import Store
from digest.store.thread import JointWriter, StoreThread

__all__ = ["JointWriter", "Store", "StoreThread"]
