SELECT
    p.span_key, p.depth, p.subtree_end, s.start_ns, s.end_ns, s.kind, s.status, coalesce(p.step, 0) AS step,
    -- only where they count: a roll-up repeats what stands below it
    coalesce(c.total_tokens, -1) AS tokens,
    coalesce(try_cast(c.cost_usd * 1000000 AS BIGINT), CASE WHEN c.is_unpriced THEN -2 ELSE -1 END) AS cost_microusd,
    CASE
        WHEN s.kind = 'TOOL' THEN coalesce(s.tool_name, s.name)
        WHEN s.kind = 'AGENT' AND ends_with(s.name, ' ' || s.agent) THEN s.agent
        WHEN s.kind = 'LLM' AND coalesce(s.model, s.requested_model) IS NOT NULL
            AND NOT contains(s.name, coalesce(s.requested_model, s.model)) AND NOT contains(s.name, s.model)
            THEN s.name || ' ' || coalesce(s.model, s.requested_model)
        ELSE s.name END AS label,
    s.kind || ' ' || coalesce(s.tool_name, s.name) AS operation, s.is_synthetic,
    coalesce(c.is_partly_priced, false) AS is_partly_priced
FROM store.places AS p JOIN store.spans AS s USING (span_key)
LEFT JOIN (SELECT span_key, total_tokens, cost_usd, is_unpriced, is_partly_priced FROM store.calls WHERE run_key = $run_key) AS c USING (span_key)
WHERE p.run_key = $run_key
ORDER BY p.position
