"""The composition root: settings become wired parts, and the parts become the verbs of the product.

The service, the command line and the demo call these same methods; none of them wires anything
itself.
"""

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version

from digest.clock import Clock
from digest.config import check_words
from digest.errors import ConfigError, UsageError
from digest.feeds.fetch import Fetcher
from digest.feeds.poll import FeedPolled, RoundSummary, poll_round
from digest.feeds.workers import ParserPool
from digest.issues import publish
from digest.issues.calendar import period_at, period_of
from digest.issues.render import Renderer
from digest.mail import outbox
from digest.mail.maildir import MaildirTransport
from digest.mail.message import Message, Sender, build_issue, build_letter
from digest.mail.smtp import SmtpTransport
from digest.model import Delivery, Issue, Period
from digest.settings import Edition, Feed, Settings
from digest.shipped import TEMPLATES
from digest.stories.cluster import StoryIndex
from digest.stories.ingest import IngestSummary, ingest, load_index
from digest.stories.lexicon import Lexicon
from digest.stories.load import load_lexicon
from digest.stories.tag import Tagger
from digest.store import Store, StoreThread
from digest.subscribers.desk import Desk
