CREATE VIEW context_changes AS
SELECT
    r.run_id, s.span_id, c.step, c.change, c.messages, c.characters,
    coalesce(c.tokens, (c.characters / 4)::BIGINT) AS tokens,
    coalesce(c.tokens_after, u.input_tokens) AS window_tokens, coalesce(c.window_limit, w.tokens) AS window_limit,
    c.first_position,
    q.span_id AS previous_span_id, p.position, c.tokens_before, c.tokens_after, c.fidelity, c.evidence
FROM store.context_changes AS c
JOIN store.places AS p USING (span_key)
JOIN store.spans AS s USING (span_key)
JOIN store.runs AS r ON r.run_key = p.run_key
LEFT JOIN store.spans AS q ON q.span_key = c.previous_key
LEFT JOIN store.usage AS u ON u.span_key = c.span_key
LEFT JOIN (
    SELECT provider, model, max(context_window) AS tokens FROM store.price_rows WHERE context_window IS NOT NULL GROUP BY ALL) AS w
    ON w.provider = coalesce(s.provider, '') AND w.model = coalesce(s.model, s.requested_model);

COMMENT ON VIEW context_changes IS 'What entered or left the context window at a model call, against the call that it goes on from, and what sources tell of compactions and edits.';
COMMENT ON COLUMN context_changes.run_id IS 'run of the call';
COMMENT ON COLUMN context_changes.span_id IS 'span of the call, or of the compaction';
COMMENT ON COLUMN context_changes.step IS 'its step, or the last one before a compaction that is no step';
COMMENT ON COLUMN context_changes.change IS 'entered, truncated (gone), compacted (gone where something that calls itself a summary entered, or told by the source), cleared (a tool result of which little is left, or told), edited (a tool result), reordered, system_changed, tools_changed';
COMMENT ON COLUMN context_changes.messages IS 'how many messages, or tools; NULL where the source does not tell';
COMMENT ON COLUMN context_changes.characters IS 'characters of their text';
COMMENT ON COLUMN context_changes.tokens IS 'tokens that it made out as told, else about as many: a quarter of the characters';
COMMENT ON COLUMN context_changes.window_tokens IS 'input tokens of the call as reported; after a compaction those that the source tells';
COMMENT ON COLUMN context_changes.window_limit IS 'tokens that fit into the window, where the source tells, else as published with the prices in use';
COMMENT ON COLUMN context_changes.first_position IS 'place of the first of them, from 0: in this call for those that entered, else in the previous one; what stands behind it cannot be read from the cache of the prompt';
COMMENT ON COLUMN context_changes.previous_span_id IS 'call that this one goes on from: the last of the same agent that shares messages with it; NULL where a conversation begins';
COMMENT ON COLUMN context_changes.position IS 'position of the call in the tree of the run';
COMMENT ON COLUMN context_changes.tokens_before IS 'tokens of the window before a compaction, where the source tells';
COMMENT ON COLUMN context_changes.tokens_after IS 'tokens of the window after it, where the source tells';
COMMENT ON COLUMN context_changes.fidelity IS 'exact for what the source tells and for the difference of two recorded calls, inferred where its reason is concluded';
COMMENT ON COLUMN context_changes.evidence IS 'what it is concluded from, or what tells of it';
