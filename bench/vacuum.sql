-- For bench/vacuum.sh: fills a database that has our schema and nothing in it, and says how to rotate and what to measure.
--
-- Each commit changes 64 sessions that lie far apart, in the columns that a rotation changes, as the writer of a busy node does.
\set ON_ERROR_STOP on

CREATE FUNCTION bench_id(number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
    AS $$ SELECT lpad(to_hex(number), 32, '0')::uuid $$;

CREATE TABLE bench_sizes (place serial, step text, rotations bigint, hot_percent numeric, dead_rows bigint, vacuums bigint, "table" text,
    indexes text);

CREATE PROCEDURE bench_measure(step text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_stat_clear_snapshot();
    INSERT INTO bench_sizes (step, rotations, hot_percent, dead_rows, vacuums, "table", indexes)
        SELECT step, n_tup_upd, round(100.0 * n_tup_hot_upd / greatest(n_tup_upd, 1), 2), n_dead_tup, autovacuum_count,
            pg_size_pretty(pg_table_size(relid)), pg_size_pretty(pg_indexes_size(relid))
        FROM pg_stat_user_tables WHERE relname = 'sessions';
END $$;

CREATE PROCEDURE bench_rotate(total bigint, sessions bigint) LANGUAGE plpgsql AS $$
DECLARE
    ids uuid[];
BEGIN
    FOR batch IN 0 .. total / 64 - 1 LOOP
        ids := ARRAY(SELECT bench_id((batch * 64 + place)::bigint * 7919 % sessions) FROM generate_series(0, 63) AS place);
        UPDATE sessions SET generation = generation + 1, handed_at = clock_timestamp(), attempt_id = uuid_send(gen_random_uuid()),
            last_activity_at = clock_timestamp(), seen_generation = generation
            WHERE id = ANY (ids);
        COMMIT;
    END LOOP;
END $$;

INSERT INTO users (id, subject, email, email_key, metadata, password_hash, state, permissions, created_at, updated_at, session_epoch)
    SELECT bench_id(n), n::text, n || '@bench.example', n || '@bench.example', '{}', repeat('x', 97), 'active', '[]', now(), now(), 0
    FROM generate_series(0, :sessions - 1) AS n;
INSERT INTO sessions (id, user_id, epoch, nonce, refresh_key_id, generation, handed_at, seen_generation, attempt_id, delivery, started_at,
        last_activity_at, idle_timeout, ends_at, ip, user_agent)
    SELECT bench_id(n), bench_id(n), 0, decode(md5(n::text) || md5(n || 'n'), 'hex'), 1, 0, now(), 0, uuid_send(gen_random_uuid()), 'body',
        now(), now(), 3600000000, now() + interval '7 days', '203.0.113.7', repeat('agent ', 20)
    FROM generate_series(0, :sessions - 1) AS n;
VACUUM ANALYZE users, sessions;
