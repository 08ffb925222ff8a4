-- One row per run, from its spans and how it ended. Tokens and cost are summed over what counts; a sum that
-- no column holds, from figures nobody can mean, is unknown.
INSERT INTO store.runs BY NAME
WITH run_spans AS (
    SELECT p.run_key, p.position, p.step, p.is_counted, s.* EXCLUDE (
            input_tokens, output_tokens, total_tokens, cache_read_tokens, cost_usd),
        c.input_tokens, c.output_tokens, c.total_tokens, c.in_cache_read + c.in_cache_read_audio AS in_cache_read, c.cost_usd,
        s.cache_read_tokens IS NOT NULL OR c.in_cache_read + c.in_cache_read_audio > 0 AS is_cache_told, c.counts_as_call, c.is_unpriced
    FROM store.places AS p
    JOIN store.spans AS s USING (span_key)
    LEFT JOIN store.calls AS c USING (span_key)),
totals AS (
    SELECT
        run_key,
        min(start_ns) AS first_ns,
        max(greatest(start_ns, end_ns)) AS last_ns,
        count(*) FILTER (NOT is_synthetic) AS spans,
        count(step) AS steps,
        count(*) FILTER (is_counted) AS llm_calls,
        count(*) FILTER (kind = 'TOOL' AND step IS NOT NULL) AS tool_calls,
        arg_min(session_id, position) AS session_id,
        arg_min(user_id, position) AS user_id,
        arg_min(environment, position) AS environment,
        arg_min(version, position) AS version,
        arg_min(agent, position) AS agent,
        arg_min(name, position) FILTER (NOT is_synthetic) AS first_name,
        arg_min(source_key, position) AS source_key,
        list_sort(list(DISTINCT coalesce(model, requested_model)) FILTER (
            is_counted AND coalesce(model, requested_model) IS NOT NULL)) AS models,
        try_cast(sum(input_tokens) AS BIGINT) AS input_tokens,
        try_cast(sum(output_tokens) AS BIGINT) AS output_tokens,
        try_cast(sum(total_tokens) AS BIGINT) AS total_tokens,
        try_cast(sum(in_cache_read) FILTER (is_cache_told) AS BIGINT) AS cache_read_tokens,
        try_cast(sum(cost_usd) AS DECIMAL(24, 12)) AS cost_usd,
        count(*) FILTER (counts_as_call AND NOT is_unpriced) AS priced_calls,
        count(*) FILTER (is_unpriced) AS unpriced_calls
    FROM run_spans GROUP BY run_key),
facts AS (
    SELECT id_scope, trace_id, any_value(name) AS name, any_value(session_id) AS session_id,
        any_value(user_id) AS user_id, any_value(metadata) AS metadata, any_value(tags) AS tags
    FROM store.trace_facts GROUP BY id_scope, trace_id),
named AS (
    SELECT
        e.run_key, root.trace_id, e.root_key, t.source_key,
        coalesce(t.session_id, f.session_id) AS session_id,
        CASE
            WHEN root.is_synthetic THEN coalesce(f.name, t.first_name)
            -- the Vercel AI SDK calls its spans by their operation, and names what they are for as the agent
            WHEN starts_with(root.name, 'ai.') THEN coalesce(f.name, root.agent, root.name)
            ELSE coalesce(f.name, root.name)
        END AS name,
        t.agent, coalesce(t.user_id, f.user_id) AS user_id, t.environment, t.version,
        coalesce(f.tags, load.tags) AS tags, coalesce(f.metadata, load.metadata) AS metadata,
        e.status,
        coalesce(root.start_ns, t.first_ns) AS start_ns,
        CASE WHEN root.is_synthetic THEN t.last_ns ELSE root.end_ns END AS end_ns, root.took_ns,
        t.spans, t.steps, t.llm_calls, t.tool_calls, e.errors, e.recovered_errors, e.failed_step, e.steps_before_failure, e.failed_key,
        broken.span_id AS failed_span_id, coalesce(broken.tool_name, broken.name) AS failed_name,
        coalesce(cause.error_type, CASE WHEN cause.error_message IS NULL THEN root.error_type END) AS error_type,
        coalesce(cause.error_message, CASE WHEN cause.error_type IS NULL THEN root.error_message END) AS error_message,
        t.models, t.input_tokens, t.output_tokens, t.total_tokens, t.cache_read_tokens, t.cost_usd,
        t.priced_calls, t.unpriced_calls, root.id_scope, root.span_id AS root_id, root.byte_offset AS root_offset,
        count(*) OVER (PARTITION BY root.id_scope, root.trace_id) AS runs_of_trace
    FROM run_ends AS e
    JOIN totals AS t USING (run_key)
    JOIN store.spans AS root ON root.span_key = e.root_key
    LEFT JOIN store.spans AS broken ON broken.span_key = e.failed_key
    LEFT JOIN store.spans AS cause ON cause.span_key = e.cause_key
    LEFT JOIN store.payloads AS load ON load.span_key = e.root_key
    LEFT JOIN facts AS f ON f.id_scope = root.id_scope AND f.trace_id = root.trace_id),
identified AS (
    SELECT *, CASE WHEN runs_of_trace = 1 THEN trace_id ELSE trace_id || ':' || root_id END AS short_id FROM named)
SELECT
    * EXCLUDE (id_scope, root_id, root_offset, runs_of_trace, short_id),
    -- runs that share their ids are told apart by their order in the sources, the same however they were read
    CASE
        WHEN count(*) OVER (PARTITION BY short_id) = 1 THEN short_id
        ELSE short_id || '@' || row_number() OVER (PARTITION BY short_id ORDER BY source_key, root_offset, run_key)
    END AS run_id
FROM identified;
