-- What mailed links stand for: the hash of a token that only the mail holds, whose it is and what it does once. A sign-up that waits for
-- its activation has no account: it is held by the key of its address, and everything that will make the account is in `data`, which is
-- emptied when the token is spent or void (`used_at`). Works with the release before, which never looks here.

CREATE TABLE one_time_tokens (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    purpose    TEXT    NOT NULL,
    user_id    BLOB    REFERENCES users (id) ON DELETE CASCADE,
    email_key  TEXT,
    hash       BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
    data       TEXT    NOT NULL CHECK (json_valid(data)),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER,
    CHECK ((user_id IS NULL) <> (email_key IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX one_time_tokens_by_user ON one_time_tokens (user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX one_time_tokens_by_address ON one_time_tokens (email_key, id) WHERE email_key IS NOT NULL;
