-- Who did it, through which request, from where. The request's id is looked up by operators, so it has an index; the address is
-- there only where `session.record_client` is on. Works with the release before, which writes events of an unknown actor.

ALTER TABLE audit_events ADD COLUMN actor TEXT NOT NULL DEFAULT 'unknown';
ALTER TABLE audit_events ADD COLUMN request_id TEXT;
ALTER TABLE audit_events ADD COLUMN ip TEXT;

CREATE INDEX audit_events_by_request ON audit_events (request_id, id) WHERE request_id IS NOT NULL;
