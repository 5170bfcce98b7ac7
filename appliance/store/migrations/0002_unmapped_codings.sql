-- Codings that no master could map, counted per code: what the operator's masters lack. No patient in it.
CREATE TABLE unmapped_codings (
    system    TEXT NOT NULL,
    code      TEXT NOT NULL,
    reason    TEXT NOT NULL,
    count     INTEGER NOT NULL,
    last_seen TEXT NOT NULL,
    PRIMARY KEY (system, code, reason)
) WITHOUT ROWID;
