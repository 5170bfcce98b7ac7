-- Arrivals come in pieces, each committed as it comes. What was begun and not ended is no arrival yet.
CREATE TABLE begun_arrivals (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    source      TEXT NOT NULL,
    facility    TEXT NOT NULL,
    name        TEXT NOT NULL,
    keep_if_cut INTEGER NOT NULL,
    begun_at    TEXT NOT NULL
);

CREATE TABLE arrival_pieces (
    begun  INTEGER NOT NULL,
    number INTEGER NOT NULL,
    data   BLOB NOT NULL
);
CREATE UNIQUE INDEX arrival_pieces_in_order ON arrival_pieces (begun, number);

-- Whose pieces hold an arrival's bytes; NULL: `content` does, or nothing (a duplicate).
ALTER TABLE arrivals ADD COLUMN begun INTEGER;
-- The source's process ended before the arrival did: what was acknowledged is here, the rest never came.
ALTER TABLE arrivals ADD COLUMN cut_short INTEGER NOT NULL DEFAULT 0;
