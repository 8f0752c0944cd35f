-- How often passwords were tried. The bucket is a keyed hash of whom it counts, one of 65 536 a lane, so that the table has an upper
-- size and tells nothing of anybody. A row is written when its bucket is first used. Works with the release before, which does
-- not know the table.

CREATE TABLE throttles (
    bucket     bigint      NOT NULL PRIMARY KEY,
    drained_at timestamptz NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_cost_delay = 0);
