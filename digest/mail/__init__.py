"""To and from mailboxes: messages, transports, the outbox, the inbox."""
