WITH spent AS (
    SELECT span_key, sum(tokens) AS tokens, sum(cost_usd) AS cost_usd, bool_or(is_unpriced OR is_partly_priced) AS is_least
    FROM store.money WHERE run_key = $run_key GROUP BY span_key)
SELECT
    p.span_key, p.depth, p.subtree_end, s.start_ns, s.end_ns, s.kind, s.status, coalesce(p.step, 0) AS step,
    -- only where they count: a roll-up repeats what stands below it
    coalesce(w.tokens, -1)::BIGINT AS tokens,
    w.cost_usd,
    CASE
        WHEN s.kind = 'TOOL' THEN coalesce(s.tool_name, s.name)
        WHEN s.kind = 'AGENT' AND ends_with(s.name, ' ' || s.agent) THEN s.agent
        WHEN s.kind = 'LLM' AND coalesce(s.model, s.requested_model) IS NOT NULL
            AND NOT contains(s.name, coalesce(s.requested_model, s.model)) AND NOT contains(s.name, s.model)
            THEN s.name || ' ' || coalesce(s.model, s.requested_model)
        ELSE s.name END AS label,
    s.kind || ' ' || coalesce(s.tool_name, s.name) AS operation, s.is_synthetic,
    coalesce(w.is_least, false) AS is_left_out, s.took_ns
FROM store.places AS p JOIN store.spans AS s USING (span_key)
LEFT JOIN spent AS w USING (span_key)
WHERE p.run_key = $run_key
ORDER BY p.position
