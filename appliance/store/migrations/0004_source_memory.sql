-- What a source's process remembers between its runs: what it has taken, where it was.
CREATE TABLE source_memory (
    source TEXT NOT NULL,
    name   TEXT NOT NULL,
    value  BLOB NOT NULL,
    PRIMARY KEY (source, name)
) WITHOUT ROWID;

-- How a source signs in to a share or a server.
CREATE TABLE source_passwords (
    source   TEXT PRIMARY KEY,
    password TEXT NOT NULL
) WITHOUT ROWID;
