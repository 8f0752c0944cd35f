-- The mark of the master secret that the processes over this database share: 32 bytes derived from it, from which nobody learns it.
-- At most one row. Works with the release before, which does not know the table.

CREATE TABLE secret_mark (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    mark     BLOB    NOT NULL CHECK (length(mark) = 32),
    kept_at  INTEGER NOT NULL
) STRICT;
