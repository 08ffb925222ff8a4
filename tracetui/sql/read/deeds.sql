-- Tool calls of a run in order, those also that no span executed.
SELECT t.name, t.arguments, t.status, t.step
FROM store.tool_calls AS t WHERE t.run_key = $run_key
ORDER BY t.step NULLS LAST, t.start_ns, t.name, t.arguments
