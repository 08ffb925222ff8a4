-- title: What looks wrong with the memory of a run
-- about: Keys that were lost, lists that shrank, keys written by several at once, set back and forth, written without effect,
-- about: or never read where reads are told; reads of what nothing had written; values that grew large, or ever faster; a recorded state that differs from the recorded changes; what somebody wrote who had not seen
-- about: the last write; tool results that were cleared before use, or needed again after they had left the window.
-- about: `strength` is strong, fair or weak.
-- values are compared by their keys: each stands once
WITH told AS (
    SELECT r.run_id, c.run_key, c.seq, c.moment, c.step, s.span_id, c.span_key, c.position, c.store, c.scope, c.key, c.op,
        c.before_key, c.after_key, c.fidelity, c.evidence,
        CASE WHEN c.fidelity = 'inferred' THEN c.actor ELSE coalesce(c.actor, s.agent) END AS actor
    FROM store.state_changes AS c
    JOIN store.runs AS r USING (run_key)
    JOIN store.spans AS s USING (span_key)),
changes AS (
    SELECT *, op IN ('set', 'append', 'delete') AS is_write, lead(op) OVER w AS next_op,
        lag(before_key) OVER w AS before_last, lag(actor) OVER w AS actor_last, lag(seq) OVER w AS seq_last,
        lag(span_key) OVER w AS span_last, lag(position) OVER w AS position_last, lag(after_key) OVER w AS after_last,
        lag(actor, 2) OVER w AS actor_before, lag(step, 2) OVER w AS step_before,
        max(seq) FILTER (op IN ('read', 'search')) OVER (
            PARTITION BY run_id, store, scope, key, actor ORDER BY seq) AS seq_read
    FROM told
    WINDOW w AS (PARTITION BY run_id, store, scope, key, op IN ('set', 'append', 'delete') ORDER BY seq)),
-- who deletes what it wrote itself cleans up
lost AS (
    SELECT run_id, step, span_id, store, scope, key, 'key lost' AS finding,
        CASE WHEN actor = actor_last AND fidelity = 'exact' THEN 'weak' ELSE 'strong' END AS strength,
        'deleted by ' || coalesce(actor, 'somebody') || ' and never set again' AS evidence
    FROM changes
    WHERE op = 'delete' AND store <> 'files' AND next_op IS NULL AND before_key IS NOT NULL AND actor IS DISTINCT FROM 'rewind'
        AND coalesce(evidence, '') NOT LIKE 'rename of%'),
replaced AS (
    SELECT c.*, b.body AS had, a.body AS has
    FROM changes AS c
    JOIN store.state_values AS b ON b.value_key = c.before_key
    JOIN store.state_values AS a ON a.value_key = c.after_key
    WHERE c.op = 'set' AND c.before_key <> c.after_key
        AND ((starts_with(a.body, '{') AND starts_with(b.body, '{')) OR (starts_with(a.body, '[') AND starts_with(b.body, '[')))),
objects AS ( -- with the pointers to objects that stand in both, to the depth of three keys
    SELECT *, json_keys(had) AS keys_had, json_keys(has) AS keys_has,
        list_filter(
            list_transform(json_keys(had), lambda k: '/' || replace(replace(k, '~', '~0'), '/', '~1')),
            lambda p: json_type(had, p) = 'OBJECT' AND json_type(has, p) = 'OBJECT') AS outer_objects,
        list_concat(outer_objects, flatten(list_transform(outer_objects, lambda p: list_filter(
            list_transform(json_keys(had, p), lambda k: p || '/' || replace(replace(k, '~', '~0'), '/', '~1')),
            lambda q: json_type(had, q) = 'OBJECT' AND json_type(has, q) = 'OBJECT')))) AS inner_objects
    FROM replaced WHERE starts_with(had, '{')),
sub_keys AS (
    SELECT run_id, step, span_id, store, scope, key, 'sub-key lost' AS finding, 'strong' AS strength,
        'no longer in it: ' || array_to_string(gone, ', ') AS evidence
    FROM (
        SELECT *, list_concat(
            list_filter(keys_had, lambda k: NOT list_contains(keys_has, k)),
            flatten(list_transform(inner_objects, lambda p: list_transform(
                list_filter(json_keys(had, p), lambda k: NOT list_contains(json_keys(has, p), k)),
                lambda k: replace(substr(p, 2), '/', '.') || '.' || k)))) AS gone
        FROM objects)
    WHERE len(gone) > 0),
-- who takes from a list of its own works through it
shrunk AS (
    SELECT run_id, step, span_id, store, scope, key, 'list shrank' AS finding,
        CASE WHEN n_had - n_has = 1 THEN 'weak' ELSE 'fair' END AS strength,
        'from ' || n_had || ' to ' || n_has || ' entries, by ' || coalesce(actor, 'somebody') AS evidence
    FROM (
        SELECT *, json_array_length(had) AS n_had, json_array_length(has) AS n_has FROM replaced WHERE starts_with(had, '['))
    WHERE n_has < n_had AND actor IS DISTINCT FROM actor_last AND actor IS DISTINCT FROM 'rewind'
        AND actor IS DISTINCT FROM 'fork'),
written AS (
    SELECT run_id, moment, store, scope, key, any_value(step) AS step, any_value(span_id) AS span_id,
        count(DISTINCT span_id) AS writers, count(DISTINCT after_key) AS values,
        string_agg(DISTINCT actor, ' and ' ORDER BY actor) AS actors
    FROM told WHERE op = 'write' GROUP BY run_id, moment, store, scope, key),
together AS (
    SELECT w.run_id, w.step, w.span_id, w.store, w.scope, w.key,
        CASE WHEN starts_with(v.body, '[') THEN 'concurrent writes, merged' ELSE 'concurrent overwrite' END AS finding,
        CASE WHEN starts_with(v.body, '[') THEN 'weak' ELSE 'strong' END AS strength,
        w.actors || ' wrote it at the same time' AS evidence
    FROM written AS w
    JOIN told AS c ON c.run_id = w.run_id AND c.moment = w.moment AND c.store = w.store AND c.key = w.key
        AND c.scope IS NOT DISTINCT FROM w.scope AND c.op IN ('set', 'append')
    LEFT JOIN store.state_values AS v ON v.value_key = c.after_key
    WHERE w.writers > 1 AND w.values > 1 AND c.fidelity <> 'inferred'),
-- spans that stand beside each other, were open at the same time, and the later did not look at what the other wrote
overlapping AS (
    SELECT c.run_id, c.step, o.span_id, c.store, c.scope, c.key, 'concurrent overwrite' AS finding, 'strong' AS strength,
        coalesce(c.actor_last, before.name, 'one') || ' and ' || coalesce(c.actor, o.name, 'another')
            || ' wrote it at the same time' AS evidence
    FROM changes AS c
    JOIN store.spans AS o ON o.span_key = c.span_key
    JOIN store.spans AS before ON before.span_key = c.span_last
    JOIN store.places AS p ON p.span_key = c.span_key
    JOIN store.places AS q ON q.span_key = c.span_last
    WHERE c.op = 'set' AND c.span_key <> c.span_last AND c.after_key IS DISTINCT FROM c.after_last AND c.fidelity = 'exact'
        AND before.start_ns < o.end_ns AND o.start_ns < before.end_ns AND c.before_key IS NOT DISTINCT FROM c.after_last
        AND NOT (q.position > p.position AND q.position < p.subtree_end)
        AND NOT (p.position > q.position AND p.position < q.subtree_end)
        AND coalesce(c.seq_read, 0) < c.seq_last),
-- what is emptied, counted anew or switched is not taken back
returned AS (
    SELECT c.run_id, c.step, c.span_id, c.store, c.scope, c.key, c.actor, c.seq,
        regexp_full_match(v.body, 'true|false|[-0-9.eE+]+') AS is_scalar
    FROM changes AS c JOIN store.state_values AS v ON v.value_key = c.after_key
    WHERE c.op = 'set' AND c.after_key = c.before_last AND c.after_key <> c.before_key
        AND c.actor = c.actor_last AND c.actor = c.actor_before AND c.actor NOT IN ('fork', 'rewind')
        AND c.step - c.step_before <= 20 AND v.body NOT IN ('null', '""', '[]', '{}')),
flips AS (
    SELECT run_id, min(step) AS step, arg_min(span_id, seq) AS span_id, store, scope, key, 'flip-flop' AS finding,
        CASE WHEN is_scalar THEN 'weak' ELSE 'fair' END AS strength,
        any_value(actor) || ' set it back to what it was before'
            || CASE WHEN count(*) > 1 THEN ', ' || count(*) || ' times' ELSE '' END AS evidence
    FROM returned GROUP BY run_id, store, scope, key, actor, is_scalar HAVING count(*) > 1 OR NOT is_scalar),
stale AS (
    SELECT run_id, step, span_id, store, scope, key, 'stale read' AS finding, 'strong' AS strength,
        actor || ' wrote it without having read what ' || actor_last || ' wrote since its last look' AS evidence
    FROM changes
    WHERE is_write AND actor <> actor_last AND seq_read < seq_last AND after_key IS DISTINCT FROM before_key
        AND fidelity <> 'inferred'),
-- the same call again, after its result had gone from the window
needed AS (
    SELECT a.run_id, b.step, b.executed_by AS span_id, 'context window' AS store, NULL AS scope, b.name AS key,
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
    SELECT run_id, step, span_id, 'context window' AS store, NULL AS scope, key, 'cleared before use' AS finding, 'fair' AS strength, evidence
    FROM (
        SELECT r.run_id, f.step, s.span_id, f.key, f.evidence
        FROM store.context_findings AS f JOIN store.spans AS s USING (span_key) JOIN store.places AS p USING (span_key)
        JOIN store.runs AS r ON r.run_key = p.run_key)),
full_windows AS (
    SELECT run_id, min(step) AS step, arg_min(span_id, step) AS span_id, 'context window' AS store, NULL AS scope, 'tokens' AS key,
        'window nearly full' AS finding, 'fair' AS strength,
        max(window_tokens) || ' of ' || max(window_limit) || ' tokens' AS evidence
    FROM context_changes WHERE window_tokens > 0.8 * window_limit GROUP BY run_id),
-- each call against the one that it goes on from, and what its run is used to
grown AS (
    SELECT run_id, step, span_id, 'context window' AS store, NULL AS scope, 'tokens' AS key, 'growth' AS finding, 'fair' AS strength,
        'from ' || before || ' to ' || window_tokens || ' tokens at one call; ' || usual::BIGINT || ' are usual' AS evidence
    FROM (
        SELECT *, median(window_tokens - before) FILTER (window_tokens > before) OVER (PARTITION BY run_id) AS usual,
            count(*) FILTER (window_tokens > before) OVER (PARTITION BY run_id) AS calls
        FROM (
            SELECT DISTINCT c.run_id, c.step, c.span_id, c.window_tokens, b.input_tokens AS before
            FROM context_changes AS c JOIN llm_calls AS b ON b.run_id = c.run_id AND b.span_id = c.previous_span_id
            WHERE c.tokens_after IS NULL))
    WHERE calls >= 4 AND window_tokens - before > greatest(1000, 2 * usual) AND window_tokens > 1.5 * before
    QUALIFY row_number() OVER (PARTITION BY run_id ORDER BY window_tokens - before DESC, step) = 1),
idle AS (
    SELECT run_id, step, span_id, store, scope, key, 'write without effect' AS finding, 'weak' AS strength,
        'set to what it was' AS evidence
    FROM changes WHERE op = 'set' AND after_key = before_key),
-- more than the usual at each of the last three times that it grew, or plainly large
sizes AS (
    SELECT c.run_id, c.store, c.scope, c.key, c.seq, c.step, c.span_id, v.size_bytes AS size,
        v.size_bytes - lag(v.size_bytes) OVER (PARTITION BY c.run_id, c.store, c.scope, c.key ORDER BY c.seq) AS more
    FROM changes AS c JOIN store.state_bodies AS v ON v.value_key = c.after_key WHERE c.is_write AND c.store <> 'files'),
growing AS (
    SELECT run_id, store, scope, key, max(size) AS size, arg_max(step, seq) AS step, arg_max(span_id, seq) AS span_id,
        count(*) FILTER (more > 0) AS times, median(more) FILTER (more > 0) AS usual,
        list_min(list(more ORDER BY seq DESC) FILTER (more > 0)[:3]) AS latest
    FROM sizes GROUP BY run_id, store, scope, key),
large AS (
    SELECT run_id, step, span_id, store, scope, key, 'growth' AS finding, 'fair' AS strength,
        CASE WHEN size > 262144 THEN 'grew to ' || size || ' characters'
            ELSE 'grows faster and faster, to ' || size || ' characters' END AS evidence
    FROM growing WHERE size > 262144 OR (size > 16384 AND times > 5 AND latest > 2 * usual)),
drift AS (
    SELECT run_id, step, span_id, store, scope, key, 'replay drift' AS finding, 'fair' AS strength, evidence
    FROM changes
    WHERE evidence LIKE 'the recorded state differs%' AND NOT (store LIKE 'state%' AND coalesce(scope, '') IN ('user', 'app'))),
outside AS (
    SELECT run_id, step, span_id, store, scope, key, 'scope leak' AS finding, 'weak' AS strength,
        'it held, in scope ' || scope || ', what nothing in this export wrote' AS evidence
    FROM changes
    WHERE scope IN ('user', 'app') AND store LIKE 'state%' AND (
        evidence LIKE 'in the final state%' OR evidence LIKE 'the recorded state differs%'
        OR (is_write AND seq_last IS NULL AND before_key IS NOT NULL))),
missing AS (
    SELECT run_id, min(step) AS step, arg_min(span_id, seq) AS span_id, store, scope, key, 'read of a missing key' AS finding,
        'weak' AS strength, 'nothing had written it' AS evidence
    FROM told WHERE op = 'read' AND before_key IS NULL AND after_key IS NULL AND fidelity <> 'redacted'
    GROUP BY run_id, store, scope, key),
unread AS (
    SELECT run_id, max(step) AS step, arg_max(span_id, seq) AS span_id, store, scope, key, 'never read' AS finding,
        'weak' AS strength, 'written and not read again' AS evidence
    FROM told GROUP BY run_id, store, scope, key
    HAVING bool_or(op IN ('set', 'append')) AND NOT bool_or(op IN ('read', 'search'))
        AND (run_id, store) IN (SELECT (run_id, store) FROM told WHERE op IN ('read', 'search')))
SELECT * FROM lost UNION ALL SELECT * FROM sub_keys UNION ALL SELECT * FROM shrunk UNION ALL SELECT * FROM together
UNION ALL SELECT * FROM overlapping UNION ALL SELECT * FROM flips UNION ALL SELECT * FROM missing
UNION ALL SELECT * FROM stale UNION ALL SELECT * FROM needed UNION ALL SELECT * FROM unused
UNION ALL SELECT * FROM full_windows UNION ALL SELECT * FROM grown UNION ALL SELECT * FROM idle UNION ALL SELECT * FROM large UNION ALL SELECT * FROM drift
UNION ALL SELECT * FROM outside UNION ALL SELECT * FROM unread
ORDER BY run_id, list_position(['strong', 'fair', 'weak'], strength), step, key
