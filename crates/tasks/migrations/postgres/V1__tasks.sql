-- Tasks, and what is kept of deleted ones until they can no longer be restored.
--
-- Times are timestamptz, of microseconds. Ids are UUIDs, version 7, so that they lie in the order of creation. A user is named by the id
-- that access tokens have as `sub`. `folded` is title and notes in lower case, to be searched the same way on every engine.

CREATE TABLE tasks.tasks (
    user_id    text        COLLATE "C" NOT NULL,
    id         uuid        NOT NULL,
    title      text        NOT NULL,
    notes      text        NOT NULL,
    folded     text        COLLATE "C" NOT NULL,
    completed  boolean     NOT NULL,
    due_at     timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version    bigint      NOT NULL CHECK (version > 0),
    PRIMARY KEY (user_id, id)
);

CREATE TABLE tasks.deleted_tasks (
    user_id            text        COLLATE "C" NOT NULL,
    original_task_id   uuid        NOT NULL,
    task_data          jsonb       NOT NULL,
    deleted_by_user_id text        COLLATE "C" NOT NULL,
    deleted_at         timestamptz NOT NULL,
    restorable_until   timestamptz NOT NULL,
    PRIMARY KEY (user_id, original_task_id)
);

CREATE INDEX deleted_tasks_in_order ON tasks.deleted_tasks (user_id, deleted_at, original_task_id);
CREATE INDEX deleted_tasks_by_end ON tasks.deleted_tasks (restorable_until);

-- Whose tasks went with their account, for as long as a request of theirs may still be underway.
CREATE TABLE tasks.gone_users (
    user_id text        COLLATE "C" NOT NULL PRIMARY KEY,
    gone_at timestamptz NOT NULL
);

-- Up to where the authority's deleted accounts are known: a sequence, and the history that it belongs to. At most one row.
CREATE TABLE tasks.heard (
    only_row boolean NOT NULL PRIMARY KEY CHECK (only_row),
    epoch    text    COLLATE "C" NOT NULL,
    seq      bigint  NOT NULL
);
