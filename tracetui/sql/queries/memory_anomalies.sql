-- title: What looks wrong with the memory of a run
-- about: Keys that were lost, written by several at once, set back and forth, written without effect, or never read
-- about: where reads are told; values that grew large; a recorded state that differs from the recorded changes.
-- about: `strength` is strong, fair or weak.
WITH changes AS (
    SELECT *, op IN ('set', 'append', 'delete') AS is_write,
        lead(op) OVER w AS next_op,
        lag(before::VARCHAR) OVER w AS before_last, lag(actor) OVER w AS actor_last
    FROM state_changes
    WINDOW w AS (PARTITION BY run_id, store, scope, key, op IN ('set', 'append', 'delete') ORDER BY seq)),
lost AS (
    SELECT run_id, step, span_id, store, key, 'key lost' AS finding, 'strong' AS strength,
        'deleted by ' || coalesce(actor, 'somebody') || ' and never set again' AS evidence
    FROM changes WHERE op = 'delete' AND next_op IS NULL AND before IS NOT NULL AND actor IS DISTINCT FROM 'rewind'),
sub_keys AS (
    SELECT run_id, step, span_id, store, key, 'sub-key lost' AS finding, 'strong' AS strength,
        'no longer in it: ' || array_to_string(list_filter(json_keys(before),
            lambda k: NOT list_contains(json_keys(after), k)), ', ') AS evidence
    FROM changes
    WHERE op = 'set' AND json_type(before) = 'OBJECT' AND json_type(after) = 'OBJECT'
        AND NOT list_has_all(json_keys(after), json_keys(before))),
written AS (
    SELECT run_id, moment, store, key, any_value(step) AS step, any_value(span_id) AS span_id,
        count(DISTINCT span_id) AS writers, count(DISTINCT after::VARCHAR) AS values,
        string_agg(DISTINCT actor, ' and ' ORDER BY actor) AS actors
    FROM state_changes WHERE op = 'write' GROUP BY run_id, moment, store, key),
together AS (
    SELECT w.run_id, w.step, w.span_id, w.store, w.key,
        CASE WHEN json_type(c.after) = 'ARRAY' THEN 'concurrent writes, merged' ELSE 'concurrent overwrite' END AS finding,
        CASE WHEN json_type(c.after) = 'ARRAY' THEN 'weak' ELSE 'strong' END AS strength,
        w.actors || ' wrote it at the same time' AS evidence
    FROM written AS w
    JOIN state_changes AS c ON c.run_id = w.run_id AND c.moment = w.moment AND c.store = w.store AND c.key = w.key
        AND c.op IN ('set', 'append')
    WHERE w.writers > 1 AND w.values > 1),
flips AS (
    SELECT run_id, step, span_id, store, key, 'flip-flop' AS finding, 'fair' AS strength,
        'back to what it was before ' || coalesce(actor_last, 'the last writer') AS evidence
    FROM changes
    WHERE op = 'set' AND after::VARCHAR = before_last AND after::VARCHAR <> before::VARCHAR
        AND actor IS DISTINCT FROM 'fork' AND actor IS DISTINCT FROM 'rewind'),
idle AS (
    SELECT run_id, step, span_id, store, key, 'write without effect' AS finding, 'weak' AS strength,
        'set to what it was' AS evidence
    FROM changes WHERE op = 'set' AND after::VARCHAR = before::VARCHAR),
large AS (
    SELECT run_id, arg_max(step, seq) AS step, arg_max(span_id, seq) AS span_id, store, key, 'growth' AS finding,
        'fair' AS strength, 'grew to ' || max(length(after::VARCHAR)) || ' characters' AS evidence
    FROM changes WHERE is_write GROUP BY run_id, store, scope, key HAVING max(length(after::VARCHAR)) > 262144),
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
    FROM state_changes GROUP BY run_id, store, scope, key
    HAVING bool_or(op IN ('set', 'append')) AND NOT bool_or(op IN ('read', 'search'))
        AND (run_id, store) IN (SELECT (run_id, store) FROM state_changes WHERE op IN ('read', 'search')))
SELECT * FROM lost UNION ALL SELECT * FROM sub_keys UNION ALL SELECT * FROM together UNION ALL SELECT * FROM flips
UNION ALL SELECT * FROM idle UNION ALL SELECT * FROM large UNION ALL SELECT * FROM drift
UNION ALL SELECT * FROM outside UNION ALL SELECT * FROM unread
ORDER BY run_id, list_position(['strong', 'fair', 'weak'], strength), step, key
