-- Services: programs of the operator's. Of a secret only its hash is kept, which can't be presented. As many rows as an operator adds by
-- hand. Works with the release before, which does not know the table.

CREATE TABLE service_credentials (
    name        TEXT    NOT NULL PRIMARY KEY,
    secret_hash BLOB    NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
    scopes      TEXT    NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
