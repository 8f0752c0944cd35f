-- Keys of their own, beside those that are derived from the master secret. The key is sealed under it, with id, purpose and algorithm
-- as associated data; a retired key is gone. Which key is used when follows from the times alone. Works with the release before, which
-- knows the derived keys only: it refuses tokens of the others, so go back before the first rotation.

CREATE TABLE signing_keys (
    kid               TEXT    NOT NULL PRIMARY KEY,
    purpose           TEXT    NOT NULL,
    algorithm         TEXT    NOT NULL,
    sealed            BLOB,
    published_at      INTEGER NOT NULL,
    signs_from        INTEGER NOT NULL,
    predecessor_until INTEGER NOT NULL,
    retired_at        INTEGER,
    CHECK ((sealed IS NULL) = (retired_at IS NOT NULL))
) STRICT, WITHOUT ROWID;
