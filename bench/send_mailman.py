"""Mailman 3's own delivery, for bench/send.py: run by the Python of an environment that has it.

`python bench/send_mailman.py PORT MESSAGES FILE` subscribes as many readers to a fresh list with
personal copies, delivers the mail in FILE to them as its outgoing runner does, and prints the
seconds that the delivery took.
"""

import sys
import tempfile
import time
from email import message_from_bytes
from pathlib import Path

CONFIG = """[mailman]
layout: here
[paths.here]
var_dir: {folder}
[mta]
incoming: mailman.mta.null.NullMTA
smtp_host: 127.0.0.1
smtp_port: {port}
verp_personalized_deliveries: yes
"""


def main() -> None:
    port, messages, file = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "mailman.cfg")
        config.write_text(CONFIG.format(folder=folder, port=port), encoding="utf-8")
        print(deliver(config, messages, file.read_bytes()))


def deliver(config: Path, messages: int, mail: bytes) -> float:
    # ruff: noqa: PLC0415  # its parts may be imported only after it is initialized
    from mailman.core.initialize import initialize

    initialize(str(config))
    from mailman.app.lifecycle import create_list
    from mailman.config import config as settings
    from mailman.email.message import Message
    from mailman.interfaces.domain import IDomainManager
    from mailman.interfaces.mailinglist import Personalization
    from mailman.interfaces.subscriptions import ISubscriptionManager
    from mailman.interfaces.usermanager import IUserManager
    from mailman.mta.deliver import deliver as outgoing
    from zope.component import getUtility

    getUtility(IDomainManager).add("example.org")
    weekly = create_list("weekly@example.org", ["owner@example.org"])
    weekly.personalize = Personalization.full
    manager = ISubscriptionManager(weekly)
    recipients = {f"reader{number}@example.com" for number in range(messages)}
    for address in recipients:
        reader = getUtility(IUserManager).create_address(address)
        manager.register(reader, pre_verified=True, pre_confirmed=True, pre_approved=True)
    settings.db.commit()
    message = message_from_bytes(mail, Message)
    message.original_size = len(mail)
    begun = time.perf_counter()
    outgoing(weekly, message, {"recipients": recipients, "verp": True, "to_list": True})
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
