-- Which administrator or service did it, beside what kind of actor; and indexes for what administrators look for: what somebody did, what
-- of a kind happened, who administers. Works with the release before, which writes events without them.

ALTER TABLE audit_events ADD COLUMN actor_user_id BLOB;
ALTER TABLE audit_events ADD COLUMN actor_service TEXT CHECK (actor_service IS NULL OR actor_user_id IS NULL);

CREATE INDEX audit_events_by_actor ON audit_events (actor_user_id, id) WHERE actor_user_id IS NOT NULL;
CREATE INDEX audit_events_by_kind ON audit_events (kind, id);

-- Few rows. Whoever holds a permission that only contains the name in quotes is among them, and sorted out when it is read.
CREATE INDEX users_administrators ON users (id) WHERE instr(permissions, '"admin"') > 0 AND state = 'active';
