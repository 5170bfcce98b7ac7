-- What the network showed of a consenting patient, for when it cannot be asked: one whole look-up, and the emergency set.
CREATE TABLE network_kept (
    patient    INTEGER NOT NULL REFERENCES patients (id),
    part       TEXT NOT NULL CHECK (part IN ('look-up', 'emergency')),
    fetched_at TEXT NOT NULL,
    body       BLOB NOT NULL,
    PRIMARY KEY (patient, part)
) WITHOUT ROWID;
CREATE INDEX network_kept_by_age ON network_kept (part, fetched_at);

-- The region's own identifier of a patient, as its index last told it; empty: it knew none.
CREATE TABLE network_identities (
    patient  INTEGER PRIMARY KEY REFERENCES patients (id),
    system   TEXT NOT NULL,
    value    TEXT NOT NULL,
    asked_at TEXT NOT NULL
);

-- Whatever ends a consent ends what was kept under it, in the same transaction.
CREATE TRIGGER network_goes_with_the_consent AFTER UPDATE OF state ON consents
WHEN OLD.state = 'active' AND NEW.state <> 'active'
BEGIN
    DELETE FROM network_kept WHERE patient = NEW.patient;
    DELETE FROM network_identities WHERE patient = NEW.patient;
END;
