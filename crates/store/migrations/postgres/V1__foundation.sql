-- Accounts, sessions, and what is recorded beside them.
--
-- Times are timestamptz, of microseconds. Ids are UUIDs, version 7, so that rows lie in the order of creation. Texts that are looked up
-- are compared byte by byte: an index then does not depend on the system's locale, which changes with its updates.
--
-- A rotation changes one row of `sessions` in place: no index may name a column that it changes, so that the new version stays on the
-- page of the old one (HOT) and the indexes are not touched. The room that a page keeps free is for these versions.

CREATE TABLE users (
    id            uuid        NOT NULL PRIMARY KEY,
    subject       text        COLLATE "C" NOT NULL UNIQUE,
    email         text,
    email_key     text        COLLATE "C" UNIQUE,
    username      text,
    username_key  text        COLLATE "C" UNIQUE,
    name          text,
    metadata      jsonb       NOT NULL,
    password_hash text        NOT NULL,
    state         text        COLLATE "C" NOT NULL,
    permissions   jsonb       NOT NULL,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    last_login_at timestamptz,
    session_epoch bigint      NOT NULL,
    epoch_reason  text        COLLATE "C",
    CHECK ((email IS NULL) = (email_key IS NULL)),
    CHECK ((username IS NULL) = (username_key IS NULL))
) WITH (fillfactor = 90);

CREATE INDEX users_by_state ON users (state, id);

CREATE TABLE sessions (
    id               uuid        NOT NULL PRIMARY KEY,
    user_id          uuid        NOT NULL REFERENCES users (id),
    epoch            bigint      NOT NULL,
    nonce            bytea       NOT NULL CHECK (length(nonce) = 32),
    refresh_key_id   bigint      NOT NULL,
    generation       bigint      NOT NULL,
    handed_at        timestamptz NOT NULL,
    seen_generation  bigint      NOT NULL,
    attempt_id       bytea       NOT NULL,
    attempt_hash     bytea,
    device_hash      bytea,
    delivery         text        COLLATE "C" NOT NULL,
    started_at       timestamptz NOT NULL,
    last_activity_at timestamptz NOT NULL,
    idle_timeout     bigint      NOT NULL, -- microseconds
    ends_at          timestamptz NOT NULL,
    ended_at         timestamptz,
    end_reason       text        COLLATE "C",
    end_kind         text        COLLATE "C",
    ip               inet,
    user_agent       text,
    CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
    CHECK (end_kind IS NULL OR ended_at IS NOT NULL)
) WITH (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_vacuum_cost_delay = 0
);

CREATE INDEX sessions_by_user ON sessions (user_id, id);

CREATE TABLE audit_events (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL,
    kind       text        COLLATE "C" NOT NULL,
    user_id    uuid,
    session_id uuid,
    detail     text        NOT NULL
);

CREATE INDEX audit_events_by_session ON audit_events (session_id, id) WHERE session_id IS NOT NULL;

-- A sequence is never given twice, and rows are inserted under a lock that lasts until the commit: the order of `seq` is the order of
-- commits, so that a follower who has read up to one has missed none before it.
CREATE TABLE changes (
    seq    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at     timestamptz NOT NULL,
    kind   text        COLLATE "C" NOT NULL,
    id     uuid        NOT NULL,
    reason text        COLLATE "C"
);
