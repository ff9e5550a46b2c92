export const files = `
CREATE TABLE file (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL,
  hash TEXT NOT NULL,
  media_type TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
-- The same file sent again by the same user is the same file.
CREATE UNIQUE INDEX file_by_content ON file (user_id, hash, media_type, name);

-- When a worker last set out to ask for the models: the others leave it alone meanwhile.
ALTER TABLE catalogue ADD COLUMN asked_at INTEGER NOT NULL DEFAULT 0;
`
