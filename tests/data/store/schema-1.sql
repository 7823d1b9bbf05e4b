-- A state as schema 1 has it, the first that was released, with a week's rows.
-- It is never changed: what was written by that release must be readable for ever.
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE attempts (
        delivery_id INTEGER NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
        number      INTEGER NOT NULL,
        at          TEXT NOT NULL,
        state       TEXT NOT NULL,
        reply       TEXT NOT NULL,
        PRIMARY KEY (delivery_id, number)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "attempts" VALUES(1,1,'2026-11-16T07:00:00.000000Z','sent','250 ok');
INSERT INTO "attempts" VALUES(2,1,'2026-11-16T07:00:00.000000Z','sent','250 ok');
INSERT INTO "attempts" VALUES(4,1,'2026-11-16T07:00:00.000000Z','sent','250 2.0.0 queued as 7F');
INSERT INTO "attempts" VALUES(5,1,'2026-11-16T07:00:00.000000Z','deferred','451 later');
CREATE TABLE clusters (
        id       INTEGER PRIMARY KEY,
        story_id INTEGER NOT NULL REFERENCES stories (id)
    ) STRICT;
INSERT INTO "clusters" VALUES(1,1);
INSERT INTO "clusters" VALUES(2,2);
INSERT INTO "clusters" VALUES(3,3);
CREATE TABLE confirmations (
        token_hash    TEXT PRIMARY KEY,
        subscriber_id INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
        expires_at    TEXT NOT NULL,
        used_at       TEXT
    ) STRICT, WITHOUT ROWID;
INSERT INTO "confirmations" VALUES('abababababababababababababababababababababababababababababababab',4,'2026-11-25T07:00:00.000000Z',NULL);
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
INSERT INTO "deliveries" VALUES(1,'issue/weekly/2026-W46/1','issue',100,'sent','ada@example.org',1,1,1,NULL,'2026-11-09T07:00:00.000000Z','2026-11-09T07:00:00.000000Z',0,0,'2026-11-09T07:00:00.000000Z','250 ok');
INSERT INTO "deliveries" VALUES(2,'issue/weekly/2026-W46/3','issue',100,'sent','cem@example.org',3,1,1,NULL,'2026-11-09T07:00:00.000000Z','2026-11-09T07:00:00.000000Z',0,0,'2026-11-09T07:00:00.000000Z','250 ok');
INSERT INTO "deliveries" VALUES(4,'issue/weekly/2026-W47/1','issue',100,'sent','ada@example.org',1,2,2,NULL,'2026-11-16T07:00:00.000000Z','2026-11-16T07:00:00.000000Z',0,0,'2026-11-16T07:00:00.000000Z','250 2.0.0 queued as 7F');
INSERT INTO "deliveries" VALUES(5,'issue/weekly/2026-W47/2','issue',100,'deferred','ben@example.org',2,2,3,NULL,'2026-11-16T07:00:00.000000Z','2026-11-16T07:00:00.000000Z',0,0,'2026-11-16T07:00:00.000000Z','451 later');
INSERT INTO "deliveries" VALUES(7,'confirm/4/1','confirmation',0,'queued','dai@example.org',4,NULL,NULL,'{"subject":"Confirm","text":"Reply to this mail."}','2026-11-16T07:00:00.000000Z','2026-11-16T07:00:00.000000Z',0,0,'2026-11-16T07:00:00.000000Z',NULL);
CREATE TABLE editions (
        name  TEXT PRIMARY KEY,
        since TEXT NOT NULL                    -- periods that ended before are not owed
    ) STRICT, WITHOUT ROWID;
INSERT INTO "editions" VALUES('weekly','2026-11-01T07:00:00.000000Z');
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
INSERT INTO "entries" VALUES(1,'trade','guid-1','https://trade.example/1','Nissan''s plan, part 1','A summary; with a semicolon.','2026-11-09T07:00:00.000000Z',1,'en','Trade Paper','2026-11-09T08:00:00.000000Z','2026-11-10T07:00:00.000000Z',1,NULL,'trade','trade',1.0,1,'{"companies":[{"company":"nissan","role":"subject","score":3.0,"evidence":[]}],"topics":[{"topic":"production","score":2.0,"evidence":[]}],"relevant":true,"reasons":["company"]}');
INSERT INTO "entries" VALUES(2,'kyodo','guid-2','https://trade.example/2','日産の計画 2','A summary; with a semicolon.','2026-11-10T07:00:00.000000Z',1,'ja','共同通信','2026-11-10T08:00:00.000000Z','2026-11-11T07:00:00.000000Z',1,NULL,'trade','trade',1.0,1,'{"companies":[{"company":"nissan","role":"subject","score":3.0,"evidence":[]}],"topics":[{"topic":"production","score":2.0,"evidence":[]}],"relevant":true,"reasons":["company"]}');
INSERT INTO "entries" VALUES(3,'trade','guid-3','https://trade.example/3','Nissan''s plan, part 3','A summary; with a semicolon.','2026-11-11T07:00:00.000000Z',1,'en','Trade Paper','2026-11-11T08:00:00.000000Z','2026-11-12T07:00:00.000000Z',2,NULL,'trade','trade',1.0,1,'{"companies":[{"company":"nissan","role":"subject","score":3.0,"evidence":[]}],"topics":[{"topic":"production","score":2.0,"evidence":[]}],"relevant":true,"reasons":["company"]}');
INSERT INTO "entries" VALUES(4,'kyodo','guid-4','https://trade.example/4','日産の計画 4','A summary; with a semicolon.','2026-11-12T07:00:00.000000Z',1,'ja','共同通信','2026-11-12T08:00:00.000000Z','2026-11-13T07:00:00.000000Z',2,NULL,'trade','trade',1.0,1,'{"companies":[{"company":"nissan","role":"subject","score":3.0,"evidence":[]}],"topics":[{"topic":"production","score":2.0,"evidence":[]}],"relevant":true,"reasons":["company"]}');
INSERT INTO "entries" VALUES(5,'trade','guid-5','https://trade.example/5','Nissan''s plan, part 5','A summary; with a semicolon.','2026-11-13T07:00:00.000000Z',1,'en','Trade Paper','2026-11-13T08:00:00.000000Z','2026-11-14T07:00:00.000000Z',3,NULL,'trade','trade',1.0,1,'{"companies":[{"company":"nissan","role":"subject","score":3.0,"evidence":[]}],"topics":[{"topic":"production","score":2.0,"evidence":[]}],"relevant":true,"reasons":["company"]}');
INSERT INTO "entries" VALUES(6,'kyodo','guid-6','https://trade.example/6','日産の計画 6','A summary; with a semicolon.','2026-11-14T07:00:00.000000Z',1,'ja','共同通信','2026-11-14T08:00:00.000000Z',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
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
INSERT INTO "feeds" VALUES('kyodo','https://kyodo.example/rdf','2026-11-01T07:00:00.000000Z',NULL,NULL,NULL,NULL,NULL,NULL,3,'503',0,NULL);
INSERT INTO "feeds" VALUES('trade','https://trade.example/rss','2026-11-01T07:00:00.000000Z','"a1"',NULL,NULL,'2026-11-16T05:00:00.000000Z','2026-11-16T05:00:00.000000Z','2026-11-16T06:00:00.000000Z',0,NULL,0,NULL);
CREATE TABLE issue_stories (
        issue_id INTEGER NOT NULL REFERENCES issues (id),
        rank     INTEGER NOT NULL,
        story_id INTEGER NOT NULL REFERENCES stories (id),
        owners   INTEGER NOT NULL,
        body     TEXT NOT NULL,                -- JSON: every text that a segment may show
        PRIMARY KEY (issue_id, rank),
        UNIQUE (issue_id, story_id)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "issue_stories" VALUES(1,1,1,2,'{"story":1,"rank":1,"score":2.5,"reasons":["two outlets"],"section":null,"companies":["nissan"],"topics":["production"],"headlines":[{"title":"Nissan''s plan","summary":"","url":"https://trade.example/1","outlet":"Trade Paper","lang":"en"}],"outlets":[{"outlet":"Trade Paper","url":"https://trade.example/1","lang":"en","published":"2026-11-09T07:00:00Z"}],"owners":2,"published":"2026-11-09T07:00:00Z"}');
INSERT INTO "issue_stories" VALUES(2,1,2,2,'{"story":2,"rank":1,"score":2.5,"reasons":["two outlets"],"section":null,"companies":["nissan"],"topics":["production"],"headlines":[{"title":"Nissan''s plan","summary":"","url":"https://trade.example/1","outlet":"Trade Paper","lang":"en"}],"outlets":[{"outlet":"Trade Paper","url":"https://trade.example/1","lang":"en","published":"2026-11-09T07:00:00Z"}],"owners":2,"published":"2026-11-09T07:00:00Z"}');
INSERT INTO "issue_stories" VALUES(2,2,3,2,'{"story":3,"rank":2,"score":2.5,"reasons":["two outlets"],"section":null,"companies":["nissan"],"topics":["production"],"headlines":[{"title":"Nissan''s plan","summary":"","url":"https://trade.example/1","outlet":"Trade Paper","lang":"en"}],"outlets":[{"outlet":"Trade Paper","url":"https://trade.example/1","lang":"en","published":"2026-11-09T07:00:00Z"}],"owners":2,"published":"2026-11-09T07:00:00Z"}');
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
INSERT INTO "issues" VALUES(1,'weekly','2026-W46','2026-11-02T07:00:00.000000Z','2026-11-09T07:00:00.000000Z','Kuruma Weekly','2026-11-09T07:00:00.000000Z',2,'published',NULL);
INSERT INTO "issues" VALUES(2,'weekly','2026-W47','2026-11-09T07:00:00.000000Z','2026-11-16T07:00:00.000000Z','Kuruma Weekly','2026-11-16T07:00:00.000000Z',5,'published',NULL);
INSERT INTO "issues" VALUES(3,'daily','2026-11-10','2026-11-09T07:00:00.000000Z','2026-11-10T07:00:00.000000Z','Kuruma Weekly','2026-11-18T07:00:00.000000Z',0,'skipped','found 8 days late');
CREATE TABLE meta (
        key   TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
INSERT INTO "meta" VALUES('secret','5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e');
CREATE TABLE requests (
        id          INTEGER PRIMARY KEY,
        kind        TEXT NOT NULL,
        arguments   TEXT NOT NULL,
        created_at  TEXT NOT NULL,
        finished_at TEXT,
        result      TEXT,
        failed      INTEGER NOT NULL DEFAULT 0
    ) STRICT;
INSERT INTO "requests" VALUES(1,'poll','{}','2026-11-10T07:00:00.000000Z','2026-11-10T07:00:00.000000Z','polled 2 feeds',0);
CREATE TABLE runs (
        id          INTEGER PRIMARY KEY,
        kind        TEXT NOT NULL,
        started_at  TEXT NOT NULL,
        finished_at TEXT NOT NULL,
        summary     TEXT NOT NULL
    ) STRICT;
INSERT INTO "runs" VALUES(1,'poll','2026-11-16T05:00:00.000000Z','2026-11-16T05:00:00.000000Z','{"feeds":2,"failed":1,"new":6}');
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
INSERT INTO "segments" VALUES(1,1,'{"companies":[],"language":"en","topics":[]}','Kuruma Weekly 1','<p>An issue</p>','An issue',2);
INSERT INTO "segments" VALUES(2,2,'{"companies":[],"language":"en","topics":[]}','Kuruma Weekly 2','<p>An issue</p>','An issue',2);
INSERT INTO "segments" VALUES(3,2,'{"companies":["nissan"],"language":"ja","topics":[]}','Kuruma Weekly 3','<p>An issue</p>','An issue',2);
CREATE TABLE stories (
        id         INTEGER PRIMARY KEY,
        created_at TEXT NOT NULL
    ) STRICT;
INSERT INTO "stories" VALUES(1,'2026-11-09T07:00:00.000000Z');
INSERT INTO "stories" VALUES(2,'2026-11-11T07:00:00.000000Z');
INSERT INTO "stories" VALUES(3,'2026-11-13T07:00:00.000000Z');
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
INSERT INTO "subscribers" VALUES(1,'ada@example.org','ada@example.org','','active','{"companies":[],"language":"en","topics":[]}','weekly','none','2026-11-02T07:00:00.000000Z','confirmed by mail','I want it','2026-11-02T07:00:00.000000Z','2026-11-02T07:00:00.000000Z');
INSERT INTO "subscribers" VALUES(2,'ben@example.org','ben@example.org','','active','{"companies":["nissan"],"language":"ja","topics":[]}','weekly','none','2026-11-02T07:00:00.000000Z','confirmed by mail','I want it','2026-11-02T07:00:00.000000Z','2026-11-02T07:00:00.000000Z');
INSERT INTO "subscribers" VALUES(3,'cem@example.org','cem@example.org','','left','{"companies":[],"language":"en","topics":[]}','weekly','none','2026-11-02T07:00:00.000000Z','confirmed by mail','I want it','2026-11-02T07:00:00.000000Z','2026-11-12T07:00:00.000000Z');
INSERT INTO "subscribers" VALUES(4,'dai@example.org','dai@example.org','','pending','{"companies":[],"language":"en","topics":[]}','weekly','none',NULL,NULL,NULL,'2026-11-02T07:00:00.000000Z','2026-11-02T07:00:00.000000Z');
CREATE TABLE suppressions (
        address_hash TEXT PRIMARY KEY,          -- keyed: the address itself need not be kept
        reason       TEXT NOT NULL,
        since        TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
INSERT INTO "suppressions" VALUES('cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd','asked to be forgotten','2026-11-05T07:00:00.000000Z');
CREATE INDEX clusters_of_story ON clusters (story_id);
CREATE INDEX entries_by_link ON entries (feed, url);
CREATE INDEX entries_waiting ON entries (published, id) WHERE placed_at IS NULL;
CREATE INDEX entries_by_time ON entries (published);
CREATE INDEX entries_of_cluster ON entries (cluster_id);
CREATE INDEX subscribers_by_rhythm ON subscribers (rhythm, status);
CREATE INDEX deliveries_due ON deliveries (priority, not_before, id)
        WHERE state IN ('queued', 'deferred', 'unknown');
CREATE INDEX deliveries_by_state ON deliveries (issue_id, state);
CREATE INDEX requests_open ON requests (id) WHERE finished_at IS NULL;
CREATE INDEX runs_by_kind ON runs (kind, started_at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('subscribers',4);
COMMIT;
