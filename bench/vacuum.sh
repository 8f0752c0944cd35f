#!/usr/bin/env bash
# What HOT and autovacuum do while sessions rotate, in the cluster of `scripts/with-postgres`: rotations by the million, some of them while
# another transaction is open all the time (a long backup), which keeps every old version, and as many after it. Prints sizes after each step.
set -euo pipefail
cd "$(dirname "$0")/.."
sessions="${SESSIONS:-10000}"
rotations="${ROTATIONS:-1000000}"
psql=(psql --quiet --no-psqlrc "$KEYTURN_TEST_POSTGRES")

for migration in $(printf '%s\n' crates/store/migrations/postgres/V*.sql | sort -V); do
    "${psql[@]}" --set ON_ERROR_STOP=1 --file "$migration" >/dev/null
done
"${psql[@]}" --set sessions="$sessions" --file bench/vacuum.sql

step() {
    "${psql[@]}" --command "CALL bench_rotate($2, $sessions)"
    "${psql[@]}" --command "CALL bench_measure('$1')"
}

"${psql[@]}" --command "CALL bench_measure('before')"
step "rotated" "$rotations"

exec {held}> >("${psql[@]}" >/dev/null)
echo "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM users;" >&"$held"
is_held="SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"
until [ "$("${psql[@]}" --tuples-only --no-align --command "$is_held")" = 1 ]; do :; done
step "beside an open transaction" "$((rotations / 10))"
exec {held}>&-

step "after it" "$rotations"
"${psql[@]}" --command "SELECT step, rotations, hot_percent, dead_rows, vacuums, \"table\", indexes FROM bench_sizes ORDER BY place"
