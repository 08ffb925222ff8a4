-- What attributes, status and exceptions say together: kind, columns, and how the span ended.
said AS (
    SELECT
        * EXCLUDE (name), name,
        /*said*/,
        coalesce(/*kind_original*/, /*otel_kind*/) AS kind_original,
        coalesce(
            /*kind_said*/,
            CASE name/*kind_names*/ END,
            'UNKNOWN') AS said_kind
    FROM usual),
refined AS (
    SELECT
        * EXCLUDE (said_kind),
        CASE/*kind_refined*/ ELSE said_kind END AS kind,
        CASE
            WHEN split_part(said_error_type, '.', -1) IN /*interrupts*/
                OR (message IS NOT NULL AND regexp_matches(message, '/*interrupt_pattern*/'))
                OR len(list_filter(
                    exceptions, lambda e: split_part(e.type, '.', -1) IN /*interrupts*/)) > 0 THEN 'interrupted'
            WHEN said_status = 'error' OR lower(tool_status) = 'error' THEN 'error'
            WHEN end_ns IS NULL THEN 'unfinished'
            ELSE said_status
        END AS status
    FROM said),
ended AS (
    SELECT
        * EXCLUDE (agent, tool_name),
        /*by_kind*/,
        coalesce(input_tokens, output_tokens, total_tokens) IS NOT NULL OR cost_usd IS NOT NULL AS is_call,
        CASE WHEN status IN ('error', 'interrupted') THEN coalesce(
            said_error_type,
            [e.type FOR e IN exceptions IF e.type IS NOT NULL][-1],
            nullif(regexp_extract(message, '/*error_pattern*/', 1), '')) ELSE said_error_type END AS error_type,
        CASE WHEN status IN ('error', 'interrupted') THEN index_one_line(coalesce(
            message,
            [e.message FOR e IN exceptions IF e.message IS NOT NULL][-1],
            said_error_message)) END AS error_message
    FROM refined)
