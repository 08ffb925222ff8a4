-- What entered or left the context window at each model call of a run, in order.
SELECT c.step, c.position, c.change, c.messages, c.tokens, c.window_tokens, c.first_position, c.window_limit,
    c.fidelity, c.evidence, s.provider, coalesce(s.model, s.requested_model)
FROM context_changes AS c
JOIN store.places AS p ON p.run_key = $run_key AND p.position = c.position
JOIN store.spans AS s USING (span_key)
WHERE c.run_id = (SELECT run_id FROM store.runs WHERE run_key = $run_key)
ORDER BY c.step, c.position, c.change = 'entered', c.change
