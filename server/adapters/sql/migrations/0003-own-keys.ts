export const ownKeys = `
-- The keys of users for providers, encrypted: AES-256-GCM, with user, provider and base URL as associated data.
CREATE TABLE user_key (
  user_id TEXT NOT NULL,
  provider TEXT NOT NULL,
  key_id TEXT NOT NULL,
  nonce TEXT NOT NULL,
  ciphertext TEXT NOT NULL,
  tag TEXT NOT NULL,
  base_url TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, provider)
) STRICT, WITHOUT ROWID;
`
