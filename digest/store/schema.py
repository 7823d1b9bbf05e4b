"""The tables, as a numbered list of migrations. Every uniqueness rule of the product stands here.

Times are text in UTC with microseconds ("2026-11-16T07:00:00.000000Z"), so that they sort as they
are and can be read by a person. JSON holds what is only ever read whole.
"""

MIGRATIONS: tuple[str, ...] = (
    # 1: the first schema
    """
    CREATE TABLE meta (
        key   TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE feeds (
        id            TEXT PRIMARY KEY,
        url           TEXT NOT NULL,
        added_at      TEXT NOT NULL,
        etag          TEXT,
        last_modified TEXT,
        body_hash     TEXT,
        last_poll     TEXT,
        last_success  TEXT,
        next_poll     TEXT,
        failures      INTEGER NOT NULL DEFAULT 0,
        error         TEXT,
        retired       INTEGER NOT NULL DEFAULT 0,
        ttl           INTEGER                  -- seconds
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE stories (
        id         INTEGER PRIMARY KEY,
        created_at TEXT NOT NULL
    ) STRICT;

    CREATE TABLE clusters (
        id       INTEGER PRIMARY KEY,
        story_id INTEGER NOT NULL REFERENCES stories (id)
    ) STRICT;
    CREATE INDEX clusters_of_story ON clusters (story_id);

    CREATE TABLE entries (
        id         INTEGER PRIMARY KEY,
        feed       TEXT NOT NULL REFERENCES feeds (id),
        guid       TEXT NOT NULL,
        url        TEXT NOT NULL,
        title      TEXT NOT NULL,
        summary    TEXT NOT NULL,
        published  TEXT NOT NULL,
        dated      INTEGER NOT NULL,
        lang       TEXT NOT NULL,
        outlet     TEXT NOT NULL,
        first_seen TEXT NOT NULL,
        placed_at  TEXT,                       -- NULL: ingest has not seen it yet
        cluster_id INTEGER REFERENCES clusters (id),
        dropped_by TEXT,
        owner      TEXT,
        kind       TEXT,
        weight     REAL,
        relevant   INTEGER,
        tags       TEXT,                       -- JSON: every tag with its evidence
        UNIQUE (feed, guid)
    ) STRICT;
    CREATE INDEX entries_by_link ON entries (feed, url);
    CREATE INDEX entries_waiting ON entries (published, id) WHERE placed_at IS NULL;
    CREATE INDEX entries_by_time ON entries (published);
    CREATE INDEX entries_of_cluster ON entries (cluster_id);

    CREATE TABLE editions (
        name  TEXT PRIMARY KEY,
        since TEXT NOT NULL                    -- periods that ended before are not owed
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE issues (
        id           INTEGER PRIMARY KEY,
        edition      TEXT NOT NULL,
        period       TEXT NOT NULL,
        period_start TEXT NOT NULL,
        period_end   TEXT NOT NULL,
        title        TEXT NOT NULL,
        frozen_at    TEXT NOT NULL,
        entries_read INTEGER NOT NULL,
        outcome      TEXT NOT NULL CHECK (outcome IN ('published', 'empty', 'skipped')),
        reason       TEXT,
        UNIQUE (edition, period)
    ) STRICT;

    CREATE TABLE issue_stories (
        issue_id INTEGER NOT NULL REFERENCES issues (id),
        rank     INTEGER NOT NULL,
        story_id INTEGER NOT NULL REFERENCES stories (id),
        owners   INTEGER NOT NULL,
        body     TEXT NOT NULL,                -- JSON: every text that a segment may show
        PRIMARY KEY (issue_id, rank),
        UNIQUE (issue_id, story_id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE segments (
        id       INTEGER PRIMARY KEY,
        issue_id INTEGER NOT NULL REFERENCES issues (id),
        choice   TEXT NOT NULL,                -- JSON in canonical form
        subject  TEXT NOT NULL,
        html     TEXT NOT NULL,
        text     TEXT NOT NULL,
        stories  INTEGER NOT NULL,
        UNIQUE (issue_id, choice)
    ) STRICT;

    CREATE TABLE subscribers (
        id            INTEGER PRIMARY KEY AUTOINCREMENT,  -- tokens name it: never used again
        address       TEXT NOT NULL,
        address_key   TEXT NOT NULL UNIQUE,               -- how addresses are compared
        name          TEXT NOT NULL,
        status        TEXT NOT NULL,
        choice        TEXT NOT NULL,                      -- JSON in canonical form, as in segments
        rhythm        TEXT NOT NULL,
        alerts        TEXT NOT NULL,
        consent_at    TEXT,
        consent_how   TEXT,
        consent_words TEXT,
        created_at    TEXT NOT NULL,
        changed_at    TEXT NOT NULL
    ) STRICT;
    CREATE INDEX subscribers_by_rhythm ON subscribers (rhythm, status);

    CREATE TABLE confirmations (
        token_hash    TEXT PRIMARY KEY,
        subscriber_id INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
        expires_at    TEXT NOT NULL,
        used_at       TEXT
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE suppressions (
        address_hash TEXT PRIMARY KEY,          -- keyed: the address itself need not be kept
        reason       TEXT NOT NULL,
        since        TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE deliveries (
        id              INTEGER PRIMARY KEY,
        key             TEXT NOT NULL UNIQUE,
        kind            TEXT NOT NULL,
        priority        INTEGER NOT NULL,
        state           TEXT NOT NULL,
        address         TEXT NOT NULL,
        subscriber_id   INTEGER REFERENCES subscribers (id) ON DELETE SET NULL,
        issue_id        INTEGER REFERENCES issues (id),
        segment_id      INTEGER REFERENCES segments (id),
        letter          TEXT,                   -- JSON; NULL for an issue
        queued_at       TEXT NOT NULL,
        not_before      TEXT NOT NULL,
        attempts        INTEGER NOT NULL DEFAULT 0,
        epoch           INTEGER NOT NULL DEFAULT 0,
        changed_at      TEXT NOT NULL,
        reply           TEXT,                   -- the server's last answer, or why not sent
        UNIQUE (issue_id, subscriber_id),
        CHECK ((segment_id IS NULL) <> (letter IS NULL))
    ) STRICT;
    CREATE INDEX deliveries_due ON deliveries (priority, not_before, id)
        WHERE state IN ('queued', 'deferred', 'unknown');
    CREATE INDEX deliveries_by_state ON deliveries (issue_id, state);

    CREATE TABLE attempts (
        delivery_id INTEGER NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
        number      INTEGER NOT NULL,
        at          TEXT NOT NULL,
        state       TEXT NOT NULL,
        reply       TEXT NOT NULL,
        PRIMARY KEY (delivery_id, number)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE requests (
        id          INTEGER PRIMARY KEY,
        kind        TEXT NOT NULL,
        arguments   TEXT NOT NULL,
        created_at  TEXT NOT NULL,
        finished_at TEXT,
        result      TEXT,
        failed      INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX requests_open ON requests (id) WHERE finished_at IS NULL;

    CREATE TABLE runs (
        id          INTEGER PRIMARY KEY,
        kind        TEXT NOT NULL,
        started_at  TEXT NOT NULL,
        finished_at TEXT NOT NULL,
        summary     TEXT NOT NULL
    ) STRICT;
    CREATE INDEX runs_by_kind ON runs (kind, started_at);
    """,
    # 2: what polling learns beyond one answer; sending that can be stopped; bounces; notices
    """
    ALTER TABLE feeds ADD COLUMN skip_hours TEXT NOT NULL DEFAULT '[]';  -- JSON
    ALTER TABLE feeds ADD COLUMN skip_days TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE feeds ADD COLUMN rhythm INTEGER;                         -- seconds
    ALTER TABLE feeds ADD COLUMN last_news TEXT;
    ALTER TABLE feeds ADD COLUMN failing_since TEXT;
    ALTER TABLE feeds ADD COLUMN moved_to TEXT;
    ALTER TABLE feeds ADD COLUMN moved_since TEXT;
    ALTER TABLE feeds ADD COLUMN moved_for_good INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE feeds ADD COLUMN unreached INTEGER DEFAULT 0;

    CREATE TABLE hosts (
        host       TEXT PRIMARY KEY,           -- with ":port" where that is not 80 or 443
        not_before TEXT NOT NULL               -- it asked to be left alone until then
    ) STRICT, WITHOUT ROWID;

    -- The items of each feed's last document: of the next one only the others are read.
    CREATE TABLE items_read (
        feed  TEXT PRIMARY KEY REFERENCES feeds (id),
        marks BLOB NOT NULL                    -- 8 bytes of an item, 8 of its entry's GUID, and on
    ) STRICT, WITHOUT ROWID;

    -- What an entry is known by when its GUID and its link have changed; '' for none.
    ALTER TABLE entries ADD COLUMN title_key TEXT NOT NULL DEFAULT '';
    CREATE INDEX entries_by_title ON entries (feed, title_key);

    ALTER TABLE issues ADD COLUMN sending TEXT NOT NULL DEFAULT 'open'
        CHECK (sending IN ('open', 'paused', 'cancelled'));
    ALTER TABLE issues ADD COLUMN sending_since TEXT;
    ALTER TABLE issues ADD COLUMN sending_why TEXT;
    ALTER TABLE issues ADD COLUMN note TEXT NOT NULL DEFAULT '';
    ALTER TABLE issues ADD COLUMN usual TEXT NOT NULL DEFAULT '{}';   -- JSON
    ALTER TABLE issues ADD COLUMN alerts TEXT NOT NULL DEFAULT '[]';  -- JSON

    -- What the operator was shown and said of an issue before it is frozen.
    CREATE TABLE reviews (
        edition    TEXT NOT NULL,
        period     TEXT NOT NULL,
        drafted_at TEXT,
        verdict    TEXT CHECK (verdict IN ('approved', 'held')),
        decided_at TEXT,
        decided_by TEXT NOT NULL DEFAULT '',
        note       TEXT NOT NULL DEFAULT '',
        lead       INTEGER REFERENCES stories (id),
        PRIMARY KEY (edition, period)
    ) STRICT, WITHOUT ROWID;

    -- Both once more, now with AUTOINCREMENT: tokens in mails name them, so none of their numbers
    -- is given out again when the last ones are deleted.
    CREATE TABLE new_segments (
        id       INTEGER PRIMARY KEY AUTOINCREMENT,
        issue_id INTEGER NOT NULL REFERENCES issues (id),
        choice   TEXT NOT NULL,                -- JSON in canonical form
        subject  TEXT NOT NULL,
        html     TEXT NOT NULL,
        text     TEXT NOT NULL,
        stories  INTEGER NOT NULL,
        UNIQUE (issue_id, choice)
    ) STRICT;
    INSERT INTO new_segments SELECT id, issue_id, choice, subject, html, text, stories
        FROM segments;
    DROP TABLE segments;
    ALTER TABLE new_segments RENAME TO segments;
    CREATE TABLE new_deliveries (
        id              INTEGER PRIMARY KEY AUTOINCREMENT,
        key             TEXT NOT NULL UNIQUE,
        kind            TEXT NOT NULL,
        priority        INTEGER NOT NULL,
        state           TEXT NOT NULL,
        address         TEXT NOT NULL,
        subscriber_id   INTEGER REFERENCES subscribers (id) ON DELETE SET NULL,
        issue_id        INTEGER REFERENCES issues (id),
        segment_id      INTEGER REFERENCES segments (id),
        letter          TEXT,                   -- JSON; NULL for an issue
        queued_at       TEXT NOT NULL,
        not_before      TEXT NOT NULL,
        attempts        INTEGER NOT NULL DEFAULT 0,
        epoch           INTEGER NOT NULL DEFAULT 0,
        changed_at      TEXT NOT NULL,
        reply           TEXT,                   -- the server's last answer, or why not sent
        UNIQUE (issue_id, subscriber_id),
        CHECK ((segment_id IS NULL) <> (letter IS NULL))
    ) STRICT;
    INSERT INTO new_deliveries SELECT id, key, kind, priority, state, address, subscriber_id,
        issue_id, segment_id, letter, queued_at, not_before, attempts, epoch, changed_at, reply
        FROM deliveries;
    DROP TABLE deliveries;
    ALTER TABLE new_deliveries RENAME TO deliveries;
    CREATE INDEX deliveries_by_state ON deliveries (issue_id, state);

    ALTER TABLE deliveries ADD COLUMN lease_until TEXT;
    CREATE INDEX deliveries_leased ON deliveries (lease_until) WHERE state IN ('claimed', 'data');
    -- With all that a look for work asks, issue by issue: a paused one is passed by.
    CREATE INDEX deliveries_due ON deliveries (priority, issue_id, not_before, id, state)
        WHERE state IN ('queued', 'deferred', 'unknown');

    CREATE INDEX deliveries_of_subscriber ON deliveries (subscriber_id);

    ALTER TABLE suppressions ADD COLUMN evidence TEXT NOT NULL DEFAULT '';

    CREATE TABLE bounces (
        id            INTEGER PRIMARY KEY,
        key           TEXT NOT NULL UNIQUE,
        delivery_id   INTEGER NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
        kind          TEXT NOT NULL,
        status        TEXT NOT NULL,
        words         TEXT NOT NULL,
        at            TEXT NOT NULL,
        settled_at    TEXT                     -- NULL: what follows from it is still to be done
    ) STRICT;
    CREATE INDEX bounces_of_delivery ON bounces (delivery_id);
    CREATE INDEX bounces_waiting ON bounces (id) WHERE settled_at IS NULL;

    CREATE TABLE notices (
        id        INTEGER PRIMARY KEY,
        kind      TEXT NOT NULL,
        about     TEXT NOT NULL,
        words     TEXT NOT NULL,
        since     TEXT NOT NULL,
        opened_at TEXT NOT NULL,               -- the last time
        times     INTEGER NOT NULL DEFAULT 1,
        healed_at TEXT,                        -- NULL: it is open
        told_at   TEXT,                        -- the operator knows of it since then
        well_at   TEXT                         -- and since then that it is over
    ) STRICT;
    CREATE INDEX notices_by_subject ON notices (kind, about, id);
    CREATE UNIQUE INDEX notices_open ON notices (kind, about) WHERE healed_at IS NULL;
    CREATE INDEX notices_by_end ON notices (healed_at);

    ALTER TABLE subscribers ADD COLUMN paused_until TEXT;  -- NULL: not paused, or without an end
    CREATE INDEX subscribers_to_wake ON subscribers (paused_until) WHERE paused_until IS NOT NULL;
    ALTER TABLE subscribers ADD COLUMN rules TEXT NOT NULL DEFAULT '[]';  -- JSON
    ALTER TABLE subscribers ADD COLUMN muted_until TEXT;   -- NULL: they get their alerts
    -- 0: they have just joined, and get the newest issue that is out.
    ALTER TABLE subscribers ADD COLUMN welcomed INTEGER NOT NULL DEFAULT 1;
    CREATE INDEX subscribers_to_welcome ON subscribers (id) WHERE welcomed = 0;
    CREATE INDEX subscribers_to_erase ON subscribers (status, changed_at)
        WHERE status IN ('pending', 'left');

    -- How many readers went from one status to another, by the hour; nobody is named.
    CREATE TABLE moves (
        hour    TEXT NOT NULL,                 -- "2026-11-16T07", in UTC
        was     TEXT NOT NULL,                 -- '' of an address that was not known
        became  TEXT NOT NULL,
        readers INTEGER NOT NULL,
        PRIMARY KEY (hour, was, became)
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER readers_come AFTER INSERT ON subscribers BEGIN
        INSERT INTO moves VALUES (substr(NEW.changed_at, 1, 13), '', NEW.status, 1)
            ON CONFLICT (hour, was, became) DO UPDATE SET readers = readers + 1;
    END;
    CREATE TRIGGER readers_move AFTER UPDATE OF status ON subscribers
    WHEN OLD.status <> NEW.status BEGIN
        INSERT INTO moves VALUES (substr(NEW.changed_at, 1, 13), OLD.status, NEW.status, 1)
            ON CONFLICT (hour, was, became) DO UPDATE SET readers = readers + 1;
    END;
    ALTER TABLE confirmations ADD COLUMN wish TEXT NOT NULL DEFAULT '{}';  -- JSON
    CREATE INDEX confirmations_of_subscriber ON confirmations (subscriber_id);

    -- Each mail to us that was handled, so that none is handled twice.
    CREATE TABLE received (
        key         TEXT PRIMARY KEY,
        at          TEXT NOT NULL,
        sender_hash TEXT NOT NULL,             -- keyed, as in suppressions; '' for none
        answered    INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX received_by_sender ON received (sender_hash, at);
    CREATE INDEX received_by_time ON received (at);

    -- Letters to addresses whose owners had not proved that they asked, and when each may leave.
    CREATE TABLE unproven_letters (
        id           INTEGER PRIMARY KEY,
        at           TEXT NOT NULL,
        address_hash TEXT NOT NULL,
        domain       TEXT NOT NULL,
        by_operator  INTEGER NOT NULL DEFAULT 0  -- 1: the operator asks them
    ) STRICT;
    CREATE INDEX unproven_by_address ON unproven_letters (address_hash, at);
    CREATE INDEX unproven_by_domain ON unproven_letters (domain, at);
    CREATE INDEX unproven_by_time ON unproven_letters (by_operator, at);

    -- What the operator said of stories; it wins over the machine. A story is also known by the
    -- number of each cluster that it holds, its first one's is its own.
    CREATE TABLE corrections (
        id        INTEGER PRIMARY KEY,
        kind      TEXT NOT NULL CHECK (kind IN ('merge', 'split', 'lead', 'exclude')),
        story_id  INTEGER NOT NULL REFERENCES stories (id),
        other_id  INTEGER REFERENCES stories (id),  -- that came into it, or that left it
        entries   TEXT NOT NULL DEFAULT '[]',       -- JSON: that left it, or that leads
        clusters  TEXT NOT NULL DEFAULT '[]',       -- JSON: that came with the other, or were made
        origins   TEXT NOT NULL DEFAULT '[]',       -- JSON: clusters that the entries left
        at        TEXT NOT NULL,
        who       TEXT NOT NULL,
        undone_at TEXT,                             -- NULL: in force
        undone_by TEXT
    ) STRICT;
    CREATE INDEX corrections_in_force ON corrections (kind, story_id) WHERE undone_at IS NULL;

    -- Clusters that ingest has added to, and that no look for alerts has seen since then.
    CREATE TABLE unwatched (
        cluster_id INTEGER PRIMARY KEY REFERENCES clusters (id)
    ) STRICT;
    CREATE TABLE alerts (                      -- AUTOINCREMENT: Message-IDs name them
        id       INTEGER PRIMARY KEY AUTOINCREMENT,
        story_id INTEGER NOT NULL REFERENCES clusters (id),  -- a story's number is a cluster's
        at       TEXT NOT NULL,
        body     TEXT NOT NULL                 -- JSON: the story as it stood, and why it breaks
    ) STRICT;
    CREATE INDEX alerts_of_story ON alerts (story_id);
    CREATE INDEX alerts_by_time ON alerts (at);
    CREATE TABLE alerts_told (
        id            INTEGER PRIMARY KEY AUTOINCREMENT,
        alert_id      INTEGER NOT NULL REFERENCES alerts (id),
        kind          TEXT NOT NULL CHECK (kind IN ('reader', 'address', 'channel')),
        recipient     TEXT NOT NULL,           -- the reader's number, the address, the name
        subscriber_id INTEGER REFERENCES subscribers (id) ON DELETE CASCADE,
        reasons       TEXT NOT NULL,           -- JSON
        before        INTEGER REFERENCES alerts (id),
        changes       TEXT NOT NULL,           -- JSON
        due_at        TEXT NOT NULL,
        told_at       TEXT,                    -- NULL: it waits, for its time or its channel
        delivery_key  TEXT,                    -- of the mail, which may tell several
        outcome       TEXT,                    -- of a channel; why it was given up
        attempts      INTEGER NOT NULL DEFAULT 0,
        UNIQUE (alert_id, kind, recipient)
    ) STRICT;
    CREATE INDEX alerts_told_waiting ON alerts_told (kind, due_at) WHERE told_at IS NULL;
    CREATE INDEX alerts_told_by_time ON alerts_told (told_at) WHERE told_at IS NOT NULL;
    CREATE INDEX alerts_told_to ON alerts_told (subscriber_id) WHERE subscriber_id IS NOT NULL;
    CREATE TABLE mutes (
        what  TEXT PRIMARY KEY,                -- "rule/NAME", "story/NUMBER"
        until TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE channels (                    -- those that have trouble
        name          TEXT PRIMARY KEY,
        failing_since TEXT NOT NULL,
        failures      INTEGER NOT NULL,
        not_before    TEXT NOT NULL,
        error         TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    -- When a feed was first read: what it brought then was there before us, and is no alert.
    ALTER TABLE feeds ADD COLUMN first_read TEXT;

    -- What is compared of recent entries, so that a restart need not read them again.
    CREATE TABLE readings (
        entry_id  INTEGER PRIMARY KEY REFERENCES entries (id),
        published TEXT NOT NULL,               -- that of the entry, by which it is forgotten
        form      TEXT NOT NULL,               -- the release and lexicon that read it
        told      BLOB NOT NULL                -- MessagePack of its traits
    ) STRICT;
    CREATE INDEX readings_by_time ON readings (published);

    -- What a later stage of the same saga is found by, of each cluster that may have one.
    ALTER TABLE clusters ADD COLUMN follows INTEGER REFERENCES clusters (id);
    CREATE INDEX clusters_that_follow ON clusters (story_id) WHERE follows IS NOT NULL;
    CREATE TABLE stages (
        cluster_id INTEGER PRIMARY KEY REFERENCES clusters (id),
        form       INTEGER NOT NULL,                -- of the JSON; another one is not read
        told       TEXT NOT NULL                    -- JSON of a Stage
    ) STRICT;
    CREATE TABLE stage_marks (
        mark       TEXT NOT NULL,
        published  TEXT NOT NULL,
        cluster_id INTEGER NOT NULL REFERENCES clusters (id),
        PRIMARY KEY (mark, published, cluster_id)
    ) STRICT, WITHOUT ROWID;
    """,
)
