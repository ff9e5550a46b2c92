export const conversationsThatFlow = `
ALTER TABLE user ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;

ALTER TABLE conversation ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN answered_revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN read_revision INTEGER NOT NULL DEFAULT 0;
-- Titles from before nobody knows who gave; they stay.
ALTER TABLE conversation ADD COLUMN title_source TEXT NOT NULL DEFAULT 'person';
UPDATE conversation SET title_source = 'none' WHERE title IS NULL;
-- Deleted ones too: their deletion is a change that has to be told.
CREATE INDEX conversation_by_revision ON conversation (user_id, revision);

ALTER TABLE message ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
CREATE INDEX message_by_revision ON message (conversation_id, revision);
CREATE INDEX message_by_parent ON message (parent_id);

ALTER TABLE generation ADD COLUMN paused_epoch INTEGER;
ALTER TABLE generation ADD COLUMN paused_seq INTEGER;

-- The indexes of what is alive, with the purpose: titles wait for answers.
DROP INDEX generation_alive;
CREATE INDEX generation_alive ON generation (status, user_id, purpose, created_at, id, due_at, cancel_requested_at, lost_attempts, ended_at)
  WHERE ended_at IS NULL;
-- What runs in a conversation is counted with every change of it, however long it is.
CREATE INDEX generation_alive_by_conversation ON generation (conversation_id, purpose) WHERE ended_at IS NULL;

CREATE TABLE queued_turn (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  -- The answer after which it is sent; the question of a comparison while none of its answers is chosen.
  anchor_id TEXT NOT NULL,
  place INTEGER NOT NULL,
  state TEXT NOT NULL,
  message_id TEXT,
  parts_json TEXT NOT NULL,
  requests_json TEXT NOT NULL,
  origin TEXT NOT NULL,
  on_disconnect TEXT NOT NULL,
  revision INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX queued_turn_waiting ON queued_turn (conversation_id, place) WHERE state = 'queued';
CREATE INDEX queued_turn_by_anchor ON queued_turn (anchor_id, place) WHERE state = 'queued';
CREATE INDEX queued_turn_by_conversation ON queued_turn (conversation_id);
`
