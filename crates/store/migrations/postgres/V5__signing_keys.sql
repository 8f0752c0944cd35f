-- Keys of their own, beside those that are derived from the master secret. The key is sealed under it, with id, purpose and algorithm
-- as associated data; a retired key is gone. Which key is used when follows from the times alone. Works with the release before, which
-- knows the derived keys only: it refuses tokens of the others, so go back before the first rotation.

CREATE TABLE signing_keys (
    kid               text COLLATE "C" NOT NULL PRIMARY KEY,
    purpose           text COLLATE "C" NOT NULL,
    algorithm         text COLLATE "C" NOT NULL,
    sealed            bytea,
    published_at      timestamptz      NOT NULL,
    signs_from        timestamptz      NOT NULL,
    predecessor_until timestamptz      NOT NULL,
    retired_at        timestamptz,
    CHECK ((sealed IS NULL) = (retired_at IS NOT NULL))
);
