export const firstTables = `
CREATE TABLE user (
  id TEXT NOT NULL PRIMARY KEY,
  created_at INTEGER NOT NULL
) STRICT;

-- Everything belongs to this one until there are accounts.
INSERT INTO user (id, created_at) VALUES ('local', 0);

CREATE TABLE external_id (
  user_id TEXT NOT NULL,
  dialect TEXT NOT NULL,
  value TEXT NOT NULL,
  internal_id TEXT NOT NULL,
  PRIMARY KEY (user_id, dialect, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE conversation (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL,
  title TEXT,
  active_leaf_id TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER
) STRICT;
CREATE INDEX conversation_by_activity ON conversation (user_id, updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX conversation_deleted ON conversation (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE message (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  parent_id TEXT,
  role TEXT NOT NULL,
  parts_json TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  answer_json TEXT
) STRICT;
CREATE INDEX message_by_conversation ON message (conversation_id, id);

CREATE TABLE generation (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL,
  conversation_id TEXT,
  message_id TEXT,
  group_id TEXT,
  purpose TEXT NOT NULL,
  origin TEXT NOT NULL,
  status TEXT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  requested_model TEXT NOT NULL,
  request_json TEXT NOT NULL,
  epoch INTEGER NOT NULL DEFAULT 0,
  worker_id TEXT,
  lease_until INTEGER,
  due_at INTEGER NOT NULL,
  lost_attempts INTEGER NOT NULL DEFAULT 0,
  previous TEXT NOT NULL DEFAULT 'none',
  cancel_requested_at INTEGER,
  cancelled_by TEXT,
  on_disconnect TEXT NOT NULL DEFAULT 'continue',
  created_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;
-- One answer is written by one generation.
CREATE UNIQUE INDEX generation_by_message ON generation (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX generation_by_conversation ON generation (conversation_id);
-- Few generations are alive at a time: claims, leases and sweeps see only those. A claim ranks all that wait, and finds
-- everything it ranks them by in the index.
CREATE INDEX generation_alive ON generation (status, user_id, created_at, id, due_at, cancel_requested_at, lost_attempts, ended_at)
  WHERE ended_at IS NULL;
CREATE INDEX generation_by_worker ON generation (worker_id) WHERE worker_id IS NOT NULL;

CREATE TABLE idempotency (
  user_id TEXT NOT NULL,
  key TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  response TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_age ON idempotency (created_at);

CREATE TABLE catalogue (
  provider TEXT NOT NULL PRIMARY KEY,
  models_json TEXT NOT NULL,
  status TEXT NOT NULL,
  error TEXT,
  checked_at INTEGER NOT NULL
) STRICT;

-- One row for each generation's log; it outlives its events, so that a dropped log stays refused.
CREATE TABLE log (
  no INTEGER PRIMARY KEY,
  generation_id TEXT NOT NULL UNIQUE,
  open_epoch INTEGER NOT NULL,
  last_epoch INTEGER NOT NULL DEFAULT 0,
  last_seq INTEGER NOT NULL DEFAULT 0,
  last_position INTEGER NOT NULL DEFAULT 0,
  sealed INTEGER NOT NULL DEFAULT 0,
  dropped INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Logs whose generation was purged: what has still to be dropped, should a crash come between the two.
CREATE TABLE orphaned_log (
  generation_id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Events of all logs in arrival order. AUTOINCREMENT: a plain rowid would start again after old logs were dropped.
-- An index by (log, seq) would touch one page for each log in every commit (measured with 1,000 logs: 5 to 10 instead of
-- 2 microseconds an event). Instead each event names the position of the one before it in its log, 0 for the first.
CREATE TABLE event (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  log_no INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  type TEXT NOT NULL,
  before INTEGER NOT NULL,
  -- Last: a walk from event to event does not have to pass through what is long.
  json TEXT NOT NULL
) STRICT;

-- Where every 64th event of a log stands: a reader walks back from the next mark, at most that far.
CREATE TABLE event_mark (
  log_no INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (log_no, seq)
) STRICT, WITHOUT ROWID;
`
