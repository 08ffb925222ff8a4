-- title: What looks wrong with the memory of a run
-- about: Keys that were lost, written by several at once, set back and forth, written without effect, or never read
-- about: where reads are told; values that grew large; a recorded state that differs from the recorded changes; what somebody wrote who had not seen
-- about: the last write; tool results that were cleared before use, or needed again after they had left the window.
-- about: `strength` is strong, fair or weak.
-- values are compared by their keys: each stands once
WITH told AS (
    SELECT r.run_id, c.seq, c.moment, c.step, s.span_id, c.actor, c.store, c.scope, c.key, c.op, c.before_key, c.after_key,
        c.fidelity, c.evidence
    FROM store.state_changes AS c
    JOIN store.runs AS r USING (run_key)
    JOIN store.spans AS s USING (span_key)),
changes AS (
    SELECT *, op IN ('set', 'append', 'delete') AS is_write, lead(op) OVER w AS next_op,
        lag(before_key) OVER w AS before_last, lag(actor) OVER w AS actor_last, lag(seq) OVER w AS seq_last,
        max(seq) FILTER (op IN ('read', 'search')) OVER (
            PARTITION BY run_id, store, scope, key, actor ORDER BY seq) AS seq_read
    FROM told
    WINDOW w AS (PARTITION BY run_id, store, scope, key, op IN ('set', 'append', 'delete') ORDER BY seq)),
lost AS (
    SELECT run_id, step, span_id, store, key, 'key lost' AS finding, 'strong' AS strength,
        'deleted by ' || coalesce(actor, 'somebody') || ' and never set again' AS evidence
    FROM changes WHERE op = 'delete' AND next_op IS NULL AND before_key IS NOT NULL AND actor IS DISTINCT FROM 'rewind'),
sub_keys AS (
    SELECT run_id, step, span_id, store, key, 'sub-key lost' AS finding, 'strong' AS strength,
        'no longer in it: ' || array_to_string(list_filter(had, lambda k: NOT list_contains(has, k)), ', ') AS evidence
    FROM (
        SELECT c.*, json_keys(b.body) AS had, json_keys(a.body) AS has
        FROM changes AS c
        JOIN store.state_values AS b ON b.value_key = c.before_key
        JOIN store.state_values AS a ON a.value_key = c.after_key
        WHERE c.op = 'set' AND c.before_key <> c.after_key AND starts_with(b.body, '{') AND starts_with(a.body, '{'))
    WHERE NOT list_has_all(has, had)),
written AS (
    SELECT run_id, moment, store, key, any_value(step) AS step, any_value(span_id) AS span_id,
        count(DISTINCT span_id) AS writers, count(DISTINCT after_key) AS values,
        string_agg(DISTINCT actor, ' and ' ORDER BY actor) AS actors
    FROM told WHERE op = 'write' GROUP BY run_id, moment, store, key),
together AS (
    SELECT w.run_id, w.step, w.span_id, w.store, w.key,
        CASE WHEN starts_with(v.body, '[') THEN 'concurrent writes, merged' ELSE 'concurrent overwrite' END AS finding,
        CASE WHEN starts_with(v.body, '[') THEN 'weak' ELSE 'strong' END AS strength,
        w.actors || ' wrote it at the same time' AS evidence
    FROM written AS w
    JOIN told AS c ON c.run_id = w.run_id AND c.moment = w.moment AND c.store = w.store AND c.key = w.key
        AND c.op IN ('set', 'append')
    LEFT JOIN store.state_values AS v ON v.value_key = c.after_key
    WHERE w.writers > 1 AND w.values > 1 AND c.fidelity <> 'inferred'),
flips AS (
    SELECT run_id, step, span_id, store, key, 'flip-flop' AS finding, 'fair' AS strength,
        'back to what it was before ' || coalesce(actor_last, 'the last writer') AS evidence
    FROM changes
    WHERE op = 'set' AND after_key = before_last AND after_key <> before_key
        AND actor IS DISTINCT FROM 'fork' AND actor IS DISTINCT FROM 'rewind'),
stale AS (
    SELECT run_id, step, span_id, store, key, 'stale read' AS finding, 'strong' AS strength,
        actor || ' wrote it without having read what ' || actor_last || ' wrote since its last look' AS evidence
    FROM changes
    WHERE is_write AND actor <> actor_last AND seq_read < seq_last AND after_key IS DISTINCT FROM before_key
        AND fidelity <> 'inferred'),
-- the same call again, after its result had gone from the window
needed AS (
    SELECT a.run_id, b.step, b.executed_by AS span_id, 'context window' AS store, b.name AS key,
        'dropped and needed again' AS finding, 'fair' AS strength,
        'called as at step ' || a.step || ', whose result may have been ' || any_value(c.change) || ' at step ' || min(c.step)
            AS evidence
    FROM tool_calls AS a
    JOIN tool_calls AS b ON b.run_id = a.run_id AND b.name = a.name AND b.step > a.step
        AND b.arguments::VARCHAR IS NOT DISTINCT FROM a.arguments::VARCHAR
    JOIN context_changes AS c ON c.run_id = a.run_id AND c.change IN ('compacted', 'truncated', 'cleared')
        AND c.step > a.step AND c.step <= b.step
    WHERE a.result IS NOT NULL AND a.status = 'ok'
    GROUP BY a.run_id, a.step, b.step, b.executed_by, b.name
    QUALIFY row_number() OVER (PARTITION BY a.run_id, b.step, b.name ORDER BY a.step DESC) = 1),
unused AS (
    SELECT run_id, step, span_id, 'context window' AS store, key, 'cleared before use' AS finding, 'fair' AS strength, evidence
    FROM (
        SELECT r.run_id, f.step, s.span_id, f.key, f.evidence
        FROM store.context_findings AS f JOIN store.spans AS s USING (span_key) JOIN store.places AS p USING (span_key)
        JOIN store.runs AS r ON r.run_key = p.run_key)),
full_windows AS (
    SELECT run_id, min(step) AS step, arg_min(span_id, step) AS span_id, 'context window' AS store, 'tokens' AS key,
        'window nearly full' AS finding, 'fair' AS strength,
        max(window_tokens) || ' of ' || max(window_limit) || ' tokens' AS evidence
    FROM context_changes WHERE window_tokens > 0.8 * window_limit GROUP BY run_id),
idle AS (
    SELECT run_id, step, span_id, store, key, 'write without effect' AS finding, 'weak' AS strength,
        'set to what it was' AS evidence
    FROM changes WHERE op = 'set' AND after_key = before_key),
large AS (
    SELECT run_id, arg_max(step, seq) AS step, arg_max(span_id, seq) AS span_id, store, key, 'growth' AS finding,
        'fair' AS strength, 'grew to ' || max(v.size_bytes) || ' characters' AS evidence
    FROM changes JOIN store.state_bodies AS v ON v.value_key = after_key
    WHERE is_write GROUP BY run_id, store, scope, key HAVING max(v.size_bytes) > 262144),
drift AS (
    SELECT run_id, step, span_id, store, key, 'replay drift' AS finding, 'fair' AS strength, evidence
    FROM changes WHERE evidence LIKE 'the recorded state differs%'),
outside AS (
    SELECT run_id, step, span_id, store, key, 'scope leak' AS finding, 'weak' AS strength,
        'a key of scope ' || scope || ' that nothing in this export wrote' AS evidence
    FROM changes WHERE evidence LIKE 'in the final state%' AND scope IN ('user', 'app')),
unread AS (
    SELECT run_id, max(step) AS step, arg_max(span_id, seq) AS span_id, store, key, 'never read' AS finding,
        'weak' AS strength, 'written and not read again' AS evidence
    FROM told GROUP BY run_id, store, scope, key
    HAVING bool_or(op IN ('set', 'append')) AND NOT bool_or(op IN ('read', 'search'))
        AND (run_id, store) IN (SELECT (run_id, store) FROM told WHERE op IN ('read', 'search')))
SELECT * FROM lost UNION ALL SELECT * FROM sub_keys UNION ALL SELECT * FROM together UNION ALL SELECT * FROM flips
UNION ALL SELECT * FROM stale UNION ALL SELECT * FROM needed UNION ALL SELECT * FROM unused
UNION ALL SELECT * FROM full_windows UNION ALL SELECT * FROM idle UNION ALL SELECT * FROM large UNION ALL SELECT * FROM drift
UNION ALL SELECT * FROM outside UNION ALL SELECT * FROM unread
ORDER BY run_id, list_position(['strong', 'fair', 'weak'], strength), step, key
