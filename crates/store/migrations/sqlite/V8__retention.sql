-- A deleted account leaves its ids, so that its sessions can say why they ended and its subject names nobody else. People and operators
-- look through an account's events, so they have an index by it. Works with the release before, to which a deleted account is an inactive
-- one without a name.

ALTER TABLE users ADD COLUMN deleted_at INTEGER
    CHECK (deleted_at IS NULL OR (email_key IS NULL AND username_key IS NULL AND name IS NULL AND password_hash = ''));

CREATE INDEX audit_events_by_user ON audit_events (user_id, id) WHERE user_id IS NOT NULL;

-- Few rows, so that what is left of deleted accounts is found without walking all of them.
CREATE INDEX users_deleted ON users (id) WHERE deleted_at IS NOT NULL;

-- Whose turn it is to sweep, and when a sweep was last finished. At most one row.
CREATE TABLE sweep_turn (
    only_row    INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    holder      BLOB,
    held_until  INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;
