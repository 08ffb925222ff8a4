CREATE VIEW state_changes AS
SELECT
    r.run_id, c.seq, c.step, c.moment, s.span_id, c.actor, c.store, c.scope, c.key, c.op,
    b.body::JSON AS before, a.body::JSON AS after, c.fidelity, c.evidence,
    make_timestamp_ns(c.at_ns) AS happened_at, c.position
FROM store.state_changes AS c
JOIN store.runs AS r USING (run_key)
JOIN store.spans AS s USING (span_key)
LEFT JOIN store.state_values AS b ON b.value_key = c.before_key
LEFT JOIN store.state_values AS a ON a.value_key = c.after_key;

COMMENT ON VIEW state_changes IS 'One row per change or read of one key of the agent''s memory.';
COMMENT ON COLUMN state_changes.run_id IS 'run that it belongs to';
COMMENT ON COLUMN state_changes.seq IS 'place among the changes of the run, in the order in which they became visible, from 1';
COMMENT ON COLUMN state_changes.step IS 'last step that was there when it became visible; 0 before the first';
COMMENT ON COLUMN state_changes.moment IS 'number of the point at which something changed; changes of one checkpoint share it';
COMMENT ON COLUMN state_changes.span_id IS 'span that made it, or that tells of it where the writer is not known';
COMMENT ON COLUMN state_changes.actor IS 'node, agent or tool that wrote it; several joined by + wrote the key at the same time';
COMMENT ON COLUMN state_changes.store IS 'memory that holds the key: state, a subgraph''s state, a vector store, files of a memory tool; files are those that other tool calls wrote';
COMMENT ON COLUMN state_changes.scope IS 'temp, run, session, user, app or agent; NULL where the source does not say';
COMMENT ON COLUMN state_changes.key IS 'key, record id or path';
COMMENT ON COLUMN state_changes.op IS 'set, append (a list went on) or delete; write (what a task wrote, before a reducer made the value of it); read, search; noop (a command that failed)';
COMMENT ON COLUMN state_changes.before IS 'value before, as far as it is known';
COMMENT ON COLUMN state_changes.after IS 'value after; of a read what was read';
COMMENT ON COLUMN state_changes.fidelity IS 'exact, net (what changed over a whole span), inferred (concluded, the actor too) or redacted (the value is not in the export)';
COMMENT ON COLUMN state_changes.evidence IS 'where in the source it stands, or what it was concluded from';
COMMENT ON COLUMN state_changes.happened_at IS 'when it became visible, UTC';
COMMENT ON COLUMN state_changes.position IS 'position of the span in the tree of the run';
