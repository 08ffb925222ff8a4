WITH calls AS MATERIALIZED (
    SELECT span_key, total_tokens, cost_usd, is_unpriced, is_partly_priced FROM store.calls WHERE run_key = $run_key),
spent AS (
    SELECT span_key, sum(cost_usd) AS cost_usd FROM (
        SELECT span_key, cost_usd FROM calls
        UNION ALL SELECT span_key, cost_usd FROM store.tool_costs WHERE run_key = $run_key) GROUP BY span_key)
SELECT
    p.span_key, p.depth, p.subtree_end, s.start_ns, s.end_ns, s.kind, s.status, coalesce(p.step, 0) AS step,
    -- only where they count: a roll-up repeats what stands below it
    coalesce(c.total_tokens, -1) AS tokens,
    w.cost_usd,
    CASE
        WHEN s.kind = 'TOOL' THEN coalesce(s.tool_name, s.name)
        WHEN s.kind = 'AGENT' AND ends_with(s.name, ' ' || s.agent) THEN s.agent
        WHEN s.kind = 'LLM' AND coalesce(s.model, s.requested_model) IS NOT NULL
            AND NOT contains(s.name, coalesce(s.requested_model, s.model)) AND NOT contains(s.name, s.model)
            THEN s.name || ' ' || coalesce(s.model, s.requested_model)
        ELSE s.name END AS label,
    s.kind || ' ' || coalesce(s.tool_name, s.name) AS operation, s.is_synthetic,
    coalesce(c.is_unpriced OR c.is_partly_priced, false) AS is_left_out, s.took_ns
FROM store.places AS p JOIN store.spans AS s USING (span_key)
LEFT JOIN calls AS c USING (span_key)
LEFT JOIN spent AS w USING (span_key)
WHERE p.run_key = $run_key
ORDER BY p.position
