-- How far the audit has left the box. The rows themselves are never copied: a position in the chain stands for all before it.

-- Every row up to `seq` is at the destination; `hash` is that row's, so that a chain cut or exchanged is noticed.
CREATE TABLE audit_positions (
    destination TEXT PRIMARY KEY,
    seq         INTEGER NOT NULL,
    hash        BLOB NOT NULL,
    at          TEXT NOT NULL
) WITHOUT ROWID;

-- Rows before the position that the destination would not take: still owed, asked again later.
CREATE TABLE audit_refused (
    destination TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    outcome     TEXT NOT NULL,
    at          TEXT NOT NULL,
    PRIMARY KEY (destination, seq)
) WITHOUT ROWID;

CREATE INDEX audit_anchors ON audit (seq) WHERE event = 'audit-anchored';
