-- What entered or left the context window at each model call of a run, in order.
SELECT step, position, change, messages, tokens, window_tokens, first_position, window_limit,
    fidelity, evidence
FROM context_changes WHERE run_id = (SELECT run_id FROM store.runs WHERE run_key = $run_key)
ORDER BY step, position, change = 'entered', change
