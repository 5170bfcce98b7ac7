-- What the keyed hashes in logs and in the audit are made with: it stays when the store key is changed, and goes where the
-- store goes (a recovered board, a restored backup).
INSERT OR IGNORE INTO meta (name, value) VALUES ('identifier-secret', lower(hex(randomblob(32))));
