-- Arrivals → documents → records → deliveries; patients; consents; staff; audit. Times are ISO 8601 UTC with milliseconds.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- The bytes of one whole file or message, as they were. A duplicate keeps no bytes, only the first one's id.
CREATE TABLE arrivals (
    id            INTEGER PRIMARY KEY,
    source        TEXT NOT NULL,
    name          TEXT NOT NULL,
    facility      TEXT NOT NULL,
    sha256        BLOB NOT NULL,
    size_bytes    INTEGER NOT NULL,
    content       BLOB,
    state         TEXT NOT NULL CHECK (state IN ('received', 'understood', 'partly', 'quarantined', 'duplicate')),
    duplicate_of  INTEGER REFERENCES arrivals (id),
    format        TEXT NOT NULL DEFAULT '',
    documents     INTEGER NOT NULL DEFAULT 0,
    findings      TEXT NOT NULL DEFAULT '[]',
    taken_at      TEXT NOT NULL,
    handled_at    TEXT,
    clock_trusted INTEGER NOT NULL
);
CREATE UNIQUE INDEX arrivals_first_bytes ON arrivals (facility, sha256) WHERE state <> 'duplicate';
CREATE INDEX arrivals_by_state ON arrivals (state, id);

-- One local patient of one facility. What identifies them stands in patient_identities.
CREATE TABLE patients (
    id          INTEGER PRIMARY KEY,
    facility    TEXT NOT NULL,
    resource_id TEXT NOT NULL UNIQUE,
    local_id    TEXT NOT NULL,
    name        TEXT NOT NULL,
    kana        TEXT NOT NULL,
    kana_key    TEXT NOT NULL,
    birth_date  TEXT,
    sex         TEXT NOT NULL,
    body        BLOB NOT NULL,
    coverages   BLOB NOT NULL,
    as_of       TEXT NOT NULL,
    merged_into INTEGER REFERENCES patients (id),
    created_at  TEXT NOT NULL,
    changed_at  TEXT NOT NULL
);
CREATE INDEX patients_by_kana ON patients (facility, kana_key);
CREATE INDEX patients_by_birth ON patients (facility, birth_date);
CREATE INDEX patients_by_number ON patients (facility, local_id);

CREATE TABLE patient_identities (
    facility TEXT NOT NULL,
    kind     TEXT NOT NULL CHECK (kind IN ('chart', 'insured')),
    value    TEXT NOT NULL,
    patient  INTEGER NOT NULL REFERENCES patients (id),
    PRIMARY KEY (facility, kind, value, patient)
) WITHOUT ROWID;

-- One version of one document. Of a key at most one is current.
CREATE TABLE documents (
    id           INTEGER PRIMARY KEY,
    arrival      INTEGER NOT NULL REFERENCES arrivals (id),
    kind         TEXT NOT NULL,
    key          TEXT NOT NULL,
    set_key      TEXT NOT NULL,
    sequence     TEXT NOT NULL,
    facility     TEXT NOT NULL,
    patient      INTEGER REFERENCES patients (id),
    state        TEXT NOT NULL CHECK (state IN ('current', 'superseded', 'removed', 'unlinked')),
    period       TEXT NOT NULL,
    points       INTEGER,
    content_hash BLOB NOT NULL,
    organization BLOB NOT NULL,
    findings     TEXT NOT NULL,
    first_line   INTEGER NOT NULL,
    last_line    INTEGER NOT NULL,
    stored_at    TEXT NOT NULL
);
CREATE UNIQUE INDEX documents_current ON documents (key) WHERE state = 'current';
CREATE INDEX documents_by_key ON documents (key, sequence);
CREATE INDEX documents_by_set ON documents (set_key, state);
CREATE INDEX documents_by_patient ON documents (patient, state, period);
CREATE INDEX documents_by_arrival ON documents (arrival);

-- The records of a document, those of one type and data class together, in the order of the document's rows.
-- Their resource ids are not stored: they follow from the content (records/identity.py).
CREATE TABLE records (
    document   INTEGER NOT NULL REFERENCES documents (id),
    type       TEXT NOT NULL,
    data_class TEXT NOT NULL,
    dates      TEXT NOT NULL,
    body       BLOB NOT NULL,
    PRIMARY KEY (document, type, data_class)
) WITHOUT ROWID;

-- Every consent text that was ever signed or declined, whole, as it was shown.
CREATE TABLE consent_texts (
    text_hash TEXT PRIMARY KEY,
    body      BLOB NOT NULL
) WITHOUT ROWID;

-- Consent records are append-only: only state, its time and the copy's fate ever change, each change with an event row.
CREATE TABLE consents (
    id              INTEGER PRIMARY KEY,
    resource_id     TEXT NOT NULL UNIQUE,
    facility        TEXT NOT NULL,
    patient         INTEGER NOT NULL REFERENCES patients (id),
    state           TEXT NOT NULL,
    mode            TEXT NOT NULL,
    policy_version  TEXT NOT NULL,
    text_id         TEXT NOT NULL,
    text_hash       TEXT NOT NULL,
    language        TEXT NOT NULL,
    body            BLOB NOT NULL,
    effective       TEXT NOT NULL,
    expires         TEXT,
    evidence_kind   TEXT NOT NULL,
    evidence        BLOB,
    evidence_hash   TEXT NOT NULL,
    signer          TEXT NOT NULL,
    explainer       INTEGER REFERENCES staff (id),
    copy_state      TEXT NOT NULL CHECK (copy_state IN ('owed', 'handed', 'declined')),
    supersedes      INTEGER REFERENCES consents (id),
    device_id       TEXT NOT NULL,
    clock_trusted   INTEGER NOT NULL,
    signed_at       TEXT NOT NULL,
    changed_at      TEXT NOT NULL,
    request_id      TEXT NOT NULL UNIQUE
);
CREATE UNIQUE INDEX consents_one_active ON consents (patient) WHERE state IN ('active', 'suspended');
CREATE INDEX consents_by_patient ON consents (patient, id);
CREATE INDEX consents_by_state ON consents (state, id);

CREATE TABLE consent_events (
    id         INTEGER PRIMARY KEY,
    consent    INTEGER NOT NULL REFERENCES consents (id),
    event      TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state   TEXT NOT NULL,
    actor      INTEGER REFERENCES staff (id),
    evidence   BLOB,
    note       TEXT NOT NULL DEFAULT '',
    at         TEXT NOT NULL,
    request_id TEXT NOT NULL DEFAULT ''
);
CREATE INDEX consent_events_by_request ON consent_events (request_id) WHERE request_id <> '';
CREATE INDEX consent_events_by_consent ON consent_events (consent, id);

-- What is owed to one outside party. No payload is kept: it is made again from the records when it is claimed.
CREATE TABLE deliveries (
    id           INTEGER PRIMARY KEY,
    kind         TEXT NOT NULL CHECK (kind IN ('consent', 'audit', 'identity', 'put', 'replace', 'remove')),
    facility     TEXT NOT NULL,
    patient      INTEGER REFERENCES patients (id),
    document     INTEGER REFERENCES documents (id),
    document_key TEXT NOT NULL DEFAULT '',
    consent      INTEGER REFERENCES consents (id),
    audit        INTEGER,
    state        TEXT NOT NULL
                 CHECK (state IN ('held', 'ready', 'claimed', 'doubtful', 'delivered', 'refused', 'withdrawn')),
    reason       TEXT NOT NULL DEFAULT '',
    priority     INTEGER NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    not_before   TEXT NOT NULL,
    lease_until  TEXT,
    digest       TEXT NOT NULL DEFAULT '',
    outcome      TEXT NOT NULL DEFAULT '',
    created_at   TEXT NOT NULL,
    changed_at   TEXT NOT NULL
);
CREATE INDEX deliveries_by_state ON deliveries (state, priority, id);
CREATE INDEX deliveries_by_patient ON deliveries (patient, state, priority, id);
CREATE INDEX deliveries_by_key ON deliveries (document_key, state);

-- What the hub holds of each document, as far as it has answered.
CREATE TABLE hub_resources (
    document_key TEXT NOT NULL,
    type         TEXT NOT NULL,
    resource_id  TEXT NOT NULL,
    PRIMARY KEY (document_key, type, resource_id)
) WITHOUT ROWID;

CREATE TABLE staff (
    id            INTEGER PRIMARY KEY,
    facility      TEXT NOT NULL,
    login         TEXT NOT NULL,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL,
    administrator INTEGER NOT NULL DEFAULT 0,
    password_hash TEXT NOT NULL,
    failures      INTEGER NOT NULL DEFAULT 0,
    locked_until  TEXT,
    valid_from    TEXT NOT NULL,
    valid_to      TEXT,
    UNIQUE (facility, login)
);

CREATE TABLE sessions (
    token_hash BLOB PRIMARY KEY,
    staff      INTEGER NOT NULL REFERENCES staff (id),
    started_at TEXT NOT NULL,
    seen_at    TEXT NOT NULL,
    ended_at   TEXT
) WITHOUT ROWID;
CREATE INDEX sessions_by_staff ON sessions (staff, started_at);

-- Append-only, hash-chained: hash = SHA-256(previous hash, sequence, body).
CREATE TABLE audit (
    seq     INTEGER PRIMARY KEY,
    at      TEXT NOT NULL,
    trusted INTEGER NOT NULL,
    event   TEXT NOT NULL,
    staff   INTEGER,
    patient INTEGER,
    body    TEXT NOT NULL,
    hash    BLOB NOT NULL
);
CREATE INDEX audit_by_patient ON audit (patient, seq);
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows are never deleted'); END;
