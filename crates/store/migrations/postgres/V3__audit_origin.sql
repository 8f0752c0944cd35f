-- Who did it, through which request, from where. The request's id is looked up by operators, so it has an index; the address is
-- there only where `session.record_client` is on. Works with the release before, which writes events of an unknown actor.

ALTER TABLE audit_events
    ADD COLUMN actor text COLLATE "C" NOT NULL DEFAULT 'unknown',
    ADD COLUMN request_id text COLLATE "C",
    ADD COLUMN ip inet;

CREATE INDEX audit_events_by_request ON audit_events (request_id, id) WHERE request_id IS NOT NULL;
