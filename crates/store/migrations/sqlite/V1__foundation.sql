-- Accounts, sessions, and what is recorded beside them.
--
-- Times are microseconds since 1970, UTC. Ids are UUIDs of 16 bytes, version 7, so that rows lie in the order of creation.
-- A rotation changes one row of `sessions` in place: no index may name a column that it changes.

CREATE TABLE users (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    subject       TEXT    NOT NULL UNIQUE,
    email         TEXT,
    email_key     TEXT    UNIQUE,
    username      TEXT,
    username_key  TEXT    UNIQUE,
    name          TEXT,
    metadata      TEXT    NOT NULL CHECK (json_valid(metadata)),
    password_hash TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    permissions   TEXT    NOT NULL CHECK (json_valid(permissions)),
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    last_login_at INTEGER,
    session_epoch INTEGER NOT NULL,
    epoch_reason  TEXT,
    CHECK ((email IS NULL) = (email_key IS NULL)),
    CHECK ((username IS NULL) = (username_key IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX users_by_state ON users (state, id);

CREATE TABLE sessions (
    id               BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id          BLOB    NOT NULL REFERENCES users (id),
    epoch            INTEGER NOT NULL,
    nonce            BLOB    NOT NULL CHECK (length(nonce) = 32),
    refresh_key_id   INTEGER NOT NULL,
    generation       INTEGER NOT NULL,
    handed_at        INTEGER NOT NULL,
    seen_generation  INTEGER NOT NULL,
    attempt_id       BLOB    NOT NULL,
    attempt_hash     BLOB,
    device_hash      BLOB,
    delivery         TEXT    NOT NULL,
    started_at       INTEGER NOT NULL,
    last_activity_at INTEGER NOT NULL,
    idle_timeout     INTEGER NOT NULL,
    ends_at          INTEGER NOT NULL,
    ended_at         INTEGER,
    end_reason       TEXT,
    end_kind         TEXT,
    ip               TEXT,
    user_agent       TEXT,
    CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
    CHECK (end_kind IS NULL OR ended_at IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_user ON sessions (user_id, id);

CREATE TABLE audit_events (
    id         INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    user_id    BLOB,
    session_id BLOB,
    detail     TEXT    NOT NULL
) STRICT;

CREATE INDEX audit_events_by_session ON audit_events (session_id, id) WHERE session_id IS NOT NULL;

-- A sequence is never given twice, not even after its row was swept: followers count on it.
CREATE TABLE changes (
    seq    INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    kind   TEXT    NOT NULL,
    id     BLOB    NOT NULL CHECK (length(id) = 16),
    reason TEXT
) STRICT;
