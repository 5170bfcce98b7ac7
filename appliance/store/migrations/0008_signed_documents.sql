-- The newest signed document of each kind that was taken: in force when its file is away or bad, and the floor for what comes.
CREATE TABLE signed_documents (
    kind      TEXT PRIMARY KEY,
    version   INTEGER NOT NULL,
    content   BLOB NOT NULL,
    signature BLOB NOT NULL,
    taken_at  TEXT NOT NULL
) WITHOUT ROWID;
