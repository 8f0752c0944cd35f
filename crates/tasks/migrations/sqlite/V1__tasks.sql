-- Tasks, and what is kept of deleted ones until they can no longer be restored.
--
-- Times are microseconds since 1970, UTC. Ids are UUIDs of 16 bytes, version 7, so that they lie in the order of creation. A user is named
-- by the id that access tokens have as `sub`. `folded` is title and notes in lower case, to be searched the same way on every engine.

CREATE TABLE tasks (
    user_id    TEXT    NOT NULL,
    id         BLOB    NOT NULL CHECK (length(id) = 16),
    title      TEXT    NOT NULL,
    notes      TEXT    NOT NULL,
    folded     TEXT    NOT NULL,
    completed  INTEGER NOT NULL CHECK (completed IN (0, 1)),
    due_at     INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version    INTEGER NOT NULL CHECK (version > 0),
    PRIMARY KEY (user_id, id)
) STRICT;

CREATE TABLE deleted_tasks (
    user_id            TEXT    NOT NULL,
    original_task_id   BLOB    NOT NULL CHECK (length(original_task_id) = 16),
    task_data          TEXT    NOT NULL CHECK (json_valid(task_data)),
    deleted_by_user_id TEXT    NOT NULL,
    deleted_at         INTEGER NOT NULL,
    restorable_until   INTEGER NOT NULL,
    PRIMARY KEY (user_id, original_task_id)
) STRICT;

CREATE INDEX deleted_tasks_in_order ON deleted_tasks (user_id, deleted_at, original_task_id);
CREATE INDEX deleted_tasks_by_end ON deleted_tasks (restorable_until);

-- Whose tasks went with their account, for as long as a request of theirs may still be underway.
CREATE TABLE gone_users (
    user_id TEXT    NOT NULL PRIMARY KEY,
    gone_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Up to where the authority's deleted accounts are known: a sequence, and the history that it belongs to. At most one row.
CREATE TABLE heard (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    epoch    TEXT    NOT NULL,
    seq      INTEGER NOT NULL
) STRICT;
