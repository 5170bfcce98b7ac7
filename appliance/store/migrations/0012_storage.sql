-- SS-MIX2: the 患者ID by which a network's storage knows each patient. Once given it stays, and is nobody else's.
CREATE TABLE storage_numbers (
    patient  INTEGER PRIMARY KEY REFERENCES patients (id),
    facility TEXT NOT NULL,
    number   TEXT NOT NULL,
    UNIQUE (facility, number)
);

-- What the storage holds, a row a file (or content folder), with the digest of what it says: what its index would say.
CREATE TABLE storage_files (
    patient    INTEGER NOT NULL REFERENCES patients (id),
    root       TEXT NOT NULL,
    day        TEXT NOT NULL,
    kind       TEXT NOT NULL,
    order_no   TEXT NOT NULL,
    at         TEXT NOT NULL,
    department TEXT NOT NULL,
    flag       TEXT NOT NULL,
    digest     TEXT NOT NULL,
    PRIMARY KEY (patient, root, day, kind, order_no, at)
) WITHOUT ROWID;

-- A change that was begun and is not known to be whole: its instant, its digest, the files and parts it may have left.
CREATE TABLE storage_changes (
    patient INTEGER PRIMARY KEY REFERENCES patients (id),
    at      TEXT NOT NULL,
    digest  TEXT NOT NULL,
    files   BLOB NOT NULL,
    parts   BLOB NOT NULL
);
