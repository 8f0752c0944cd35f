-- The mark of the master secret that the nodes over this database share: 32 bytes derived from it, from which nobody learns it.
-- At most one row. Works with the release before, which does not know the table.

CREATE TABLE secret_mark (
    only_row boolean     NOT NULL PRIMARY KEY CHECK (only_row),
    mark     bytea       NOT NULL CHECK (length(mark) = 32),
    kept_at  timestamptz NOT NULL
);
