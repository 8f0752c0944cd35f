-- Services: programs of the operator's. Of a secret only its hash is kept, which can't be presented. As many rows as an operator adds by
-- hand. Works with the release before, which does not know the table.

CREATE TABLE service_credentials (
    name        text COLLATE "C" NOT NULL PRIMARY KEY,
    secret_hash bytea            NOT NULL UNIQUE CHECK (octet_length(secret_hash) = 32),
    scopes      text COLLATE "C" NOT NULL,
    created_at  timestamptz      NOT NULL
);
