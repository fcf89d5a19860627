-- Where a feed of events was read up to; set in the same step as what it said.
ALTER TABLE crm_streams ADD COLUMN follow TEXT;

-- Places that are told of WedSync's changes: a catch hook of an automation, or an Inbox that only takes. Addresses and keys
-- lie in the vault. `tells` says whether every change is told or what a person picks; `not_before` is when the place asked
-- to be left alone until.
CREATE TABLE hooks (
  no          INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  supplier_id TEXT NOT NULL,
  kind        TEXT NOT NULL CHECK (kind IN ('web_hook','light_blue')),
  provider    TEXT NOT NULL,
  name        TEXT NOT NULL,
  host        TEXT NOT NULL,
  tells       TEXT NOT NULL CHECK (tells IN ('everything','picked')),
  state       TEXT NOT NULL CHECK (state IN ('on','off','ended')),
  why         TEXT CHECK (why IS NULL OR json_valid(why)),
  not_before  INTEGER,
  created_at  INTEGER NOT NULL
) STRICT;

-- One row for each thing told. Id and body never change once a byte may have left (`attempts`); the body is signed anew for
-- every attempt. Rows stay for a while after they were answered, so that the same thing is not told twice.
CREATE TABLE hook_events (
  seq           INTEGER PRIMARY KEY,
  id            TEXT NOT NULL UNIQUE,
  hook          INTEGER NOT NULL REFERENCES hooks(no) ON DELETE CASCADE,
  kind          TEXT NOT NULL CHECK (kind IN ('created','changed')),
  record_type   TEXT NOT NULL,
  record_id     TEXT NOT NULL,
  client_id     TEXT NOT NULL,
  digest        TEXT NOT NULL,
  body          TEXT NOT NULL,
  state         TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued','taken','given_up','dropped')),
  attempts      INTEGER NOT NULL DEFAULT 0,
  due_at        INTEGER NOT NULL,
  first_sent_at INTEGER,
  created_at    INTEGER NOT NULL,
  answered_at   INTEGER,
  why           TEXT CHECK (why IS NULL OR json_valid(why))
) STRICT;
CREATE INDEX hook_events_due ON hook_events (hook, due_at, seq) WHERE state = 'queued';
CREATE INDEX hook_events_by_record ON hook_events (hook, record_type, record_id, seq);

-- Records of WedSync that changed since they were last looked at for places to tell; bounded by the book, whatever happens.
CREATE TABLE hook_changes (
  record_type TEXT NOT NULL,
  id          TEXT NOT NULL,
  version     INTEGER NOT NULL,
  fresh       INTEGER NOT NULL CHECK (fresh IN (0, 1)),
  PRIMARY KEY (record_type, id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER hook_changes_new AFTER INSERT ON wedsync_records
WHEN NEW.deleted_at IS NULL AND NEW.record_type IN ('client','person','project','event')
  AND EXISTS (SELECT 1 FROM hooks WHERE state = 'on' AND tells = 'everything')
BEGIN
  INSERT INTO hook_changes (record_type, id, version, fresh) VALUES (NEW.record_type, NEW.id, NEW.server_version, 1)
  ON CONFLICT (record_type, id) DO UPDATE SET version = excluded.version;
END;
CREATE TRIGGER hook_changes_again AFTER UPDATE OF server_version ON wedsync_records
WHEN NEW.server_version <> OLD.server_version AND NEW.deleted_at IS NULL
  AND NEW.record_type IN ('client','person','project','event')
  AND EXISTS (SELECT 1 FROM hooks WHERE state = 'on' AND tells = 'everything')
BEGIN
  INSERT INTO hook_changes (record_type, id, version, fresh) VALUES (NEW.record_type, NEW.id, NEW.server_version, 0)
  ON CONFLICT (record_type, id) DO UPDATE SET version = excluded.version;
END;
