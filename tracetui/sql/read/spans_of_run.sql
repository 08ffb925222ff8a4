SELECT
    run_id, span_id, parent_id, position, depth, step, kind, kind_original, name, agent, status, error_type,
    error_message, started_at, ended_at, start_ns, end_ns, duration_ns, self_ns, model, provider, tool_name,
    session_id, is_synthetic, source, line
FROM spans
WHERE run_id = ?
ORDER BY position
