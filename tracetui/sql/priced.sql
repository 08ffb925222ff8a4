-- The arithmetic of money, in one place: prices apply to counted figures, in exact decimals.

-- Prices that hold: those the reader set for this cursor, else those written into the database.
CREATE VIEW store.price_rows AS
    SELECT price.* FROM store.prices WHERE getvariable('tracetui_prices') IS NULL
    UNION ALL BY NAME
    SELECT price.* FROM (SELECT unnest(getvariable('tracetui_prices')::store.price[]) AS price);

-- The tier that prices tell apart: words for the usual one are none.
CREATE MACRO store.priced_tier(tier) AS
    CASE lower(tier) WHEN 'default' THEN '' WHEN 'standard' THEN '' WHEN 'auto' THEN '' WHEN 'on_demand' THEN ''
        ELSE coalesce(lower(tier), '') END;

-- Who took a step: the agent that it names, else the one whose span it is or stands in, by the name of that where it has no
-- other and is no root: roots are called like their run. Empty text for an agent without a name, NULL where there is none.
CREATE MACRO store.agent_of(own, is_agent, name, is_root, has_agent, around, around_name, is_root_around) AS
    CASE WHEN own IS NOT NULL THEN own
        WHEN is_agent THEN CASE WHEN is_root THEN '' ELSE coalesce(name, '') END
        WHEN has_agent THEN coalesce(around, CASE WHEN NOT is_root_around THEN around_name END, '') END;

-- Cached input tokens where they are told: none told are not none.
CREATE MACRO store.told_cached(is_told, tokens) AS CASE WHEN is_told OR tokens > 0 THEN tokens END;

-- A product of DECIMAL(15) and DECIMAL(18) is computed in 64 bits and fails where they do not hold it; of DECIMAL(23) it is not.

-- Every figure, and every call without one, with what it would cost: NULL where the model, or every bucket in use, has no
-- price, and for a sum whose price depends on the size of each call. A call without a model's name has an empty one here.
CREATE VIEW store.priced_figures AS
WITH placed AS NOT MATERIALIZED (
SELECT
    f.*, q.model IS NOT NULL AS is_listed, q.is_own, q.price_source, q.price_date, q.note AS price_note,
    q.per_request, q.per_web_search, q.in_uncached AS price_in_uncached, q.in_cache_read AS price_in_cache_read, q.in_cache_read_audio AS price_in_cache_read_audio, q.in_cache_write_5m AS price_in_cache_write_5m, q.in_cache_write_1h AS price_in_cache_write_1h, q.in_cache_write AS price_in_cache_write, q.in_audio AS price_in_audio, q.in_image AS price_in_image, q.out_text AS price_out_text, q.out_reasoning AS price_out_reasoning, q.out_audio AS price_out_audio, q.out_image AS price_out_image, q.other AS price_other,
    -- a sum says nothing of the size of its calls but that each is no larger
    q.model IS NOT NULL AND f.is_sum AND q.above_input >= 0 AS is_size_unknown,
    -- who gives a price for a request alone asks nothing for tokens
    q.per_request IS NOT NULL AND coalesce(q.in_uncached, q.in_cache_read, q.in_cache_read_audio, q.in_cache_write_5m, q.in_cache_write_1h,
        q.in_cache_write, q.in_audio, q.in_image, q.out_text, q.out_reasoning, q.out_audio, q.out_image, q.other) IS NULL AS is_flat,
    coalesce(f.in_cache_write_5m, 0) = 0 AND coalesce(f.in_cache_write_1h, 0) = 0 AND coalesce(f.in_cache_write, 0) = 0 AND coalesce(f.in_cache_read_audio, 0) = 0 AND coalesce(f.in_audio, 0) = 0 AND coalesce(f.in_image, 0) = 0 AND coalesce(f.out_reasoning, 0) = 0 AND coalesce(f.out_audio, 0) = 0 AND coalesce(f.out_image, 0) = 0 AND coalesce(f.other, 0) = 0 AS is_usual,
    -- what has no price is left out
    CASE WHEN q.in_uncached IS NULL THEN coalesce(f.in_uncached, 0) ELSE 0 END
        + CASE WHEN q.in_cache_read IS NULL THEN coalesce(f.in_cache_read, 0) ELSE 0 END
        + CASE WHEN q.out_text IS NULL THEN coalesce(f.out_text, 0) ELSE 0 END
        + CASE WHEN is_usual THEN 0 ELSE CASE WHEN q.in_cache_read_audio IS NULL THEN coalesce(f.in_cache_read_audio, 0) ELSE 0 END
        + CASE WHEN q.in_audio IS NULL THEN coalesce(f.in_audio, 0) ELSE 0 END
        + CASE WHEN q.in_image IS NULL THEN coalesce(f.in_image, 0) ELSE 0 END
        + CASE WHEN q.out_audio IS NULL THEN coalesce(f.out_audio, 0) ELSE 0 END
        + CASE WHEN q.out_image IS NULL THEN coalesce(f.out_image, 0) ELSE 0 END
        + CASE WHEN q.in_cache_write_5m IS NULL THEN coalesce(f.in_cache_write_5m, 0) ELSE 0 END
        + CASE WHEN q.in_cache_write_1h IS NULL THEN coalesce(f.in_cache_write_1h, 0) ELSE 0 END
        + CASE WHEN q.in_cache_write IS NULL THEN coalesce(f.in_cache_write, 0) ELSE 0 END
        + CASE WHEN q.out_reasoning IS NULL THEN coalesce(f.out_reasoning, 0) ELSE 0 END
        + CASE WHEN q.other IS NULL THEN coalesce(f.other, 0) ELSE 0 END END AS unlisted_tokens,
    coalesce(f.unexplained, 0) + unlisted_tokens AS left_out_tokens
FROM store.figures AS f
LEFT JOIN store.price_rows AS q
    ON (f.is_told OR q.per_request IS NOT NULL) AND q.tool IS NULL AND q.provider = coalesce(f.provider, '')
    AND q.model = coalesce(f.model, '')
    AND q.service_tier = store.priced_tier(f.service_tier)
    AND f.moment_ns >= q.from_ns AND f.moment_ns < q.until_ns
    AND coalesce(f.input_tokens, 0) > q.above_input AND coalesce(f.input_tokens, 0) <= q.upto_input),
computed AS NOT MATERIALIZED (
SELECT p.* EXCLUDE (is_listed, is_own, is_usual),
    CASE
        WHEN NOT p.is_listed OR p.is_size_unknown THEN NULL
        WHEN p.is_flat THEN CASE WHEN NOT p.is_remainder THEN p.per_request END
        -- a total alone has no price, since what went in and what came out of the model cost differently; nor have
        -- tokens that are all left out
        WHEN (p.total_tokens IS NOT NULL AND (p.left_out_tokens = 0 OR p.total_tokens > p.left_out_tokens))
            OR (p.per_request IS NOT NULL AND NOT p.is_remainder) THEN try_cast(
        coalesce(CASE WHEN p.is_remainder THEN 0 ELSE p.per_request END, 0)
        + coalesce(p.web_searches * p.per_web_search, 0)
        + CASE WHEN coalesce(p.in_uncached, 0) = 0 OR p.price_in_uncached IS NULL THEN 0 ELSE try_cast(try_cast(p.in_uncached AS DECIMAL(15, 0)) * p.price_in_uncached::DECIMAL(23, 12) AS DECIMAL(24, 12)) END
        + CASE WHEN coalesce(p.in_cache_read, 0) = 0 OR p.price_in_cache_read IS NULL THEN 0 ELSE try_cast(try_cast(p.in_cache_read AS DECIMAL(15, 0)) * p.price_in_cache_read::DECIMAL(23, 12) AS DECIMAL(24, 12)) END
        + CASE WHEN coalesce(p.out_text, 0) = 0 OR p.price_out_text IS NULL THEN 0 ELSE try_cast(try_cast(p.out_text AS DECIMAL(15, 0)) * p.price_out_text::DECIMAL(23, 12) AS DECIMAL(24, 12)) END
        -- most calls hold none of the others, which then cost nothing to compute
        + CASE WHEN p.is_usual THEN 0 ELSE
            CASE WHEN coalesce(p.in_cache_write_5m, 0) = 0 OR p.price_in_cache_write_5m IS NULL THEN 0 ELSE try_cast(try_cast(p.in_cache_write_5m AS DECIMAL(15, 0)) * p.price_in_cache_write_5m::DECIMAL(23, 12) AS DECIMAL(24, 12)) END
            + CASE WHEN coalesce(p.in_cache_write_1h, 0) = 0 OR p.price_in_cache_write_1h IS NULL THEN 0 ELSE try_cast(try_cast(p.in_cache_write_1h AS DECIMAL(15, 0)) * p.price_in_cache_write_1h::DECIMAL(23, 12) AS DECIMAL(24, 12)) END
            + CASE WHEN coalesce(p.in_cache_write, 0) = 0 OR p.price_in_cache_write IS NULL THEN 0 ELSE try_cast(try_cast(p.in_cache_write AS DECIMAL(15, 0)) * p.price_in_cache_write::DECIMAL(23, 12) AS DECIMAL(24, 12)) END
            + CASE WHEN coalesce(p.in_cache_read_audio, 0) = 0 OR p.price_in_cache_read_audio IS NULL THEN 0 ELSE try_cast(try_cast(p.in_cache_read_audio AS DECIMAL(15, 0)) * p.price_in_cache_read_audio::DECIMAL(23, 12) AS DECIMAL(24, 12)) END
            + CASE WHEN coalesce(p.in_audio, 0) = 0 OR p.price_in_audio IS NULL THEN 0 ELSE try_cast(try_cast(p.in_audio AS DECIMAL(15, 0)) * p.price_in_audio::DECIMAL(23, 12) AS DECIMAL(24, 12)) END
            + CASE WHEN coalesce(p.in_image, 0) = 0 OR p.price_in_image IS NULL THEN 0 ELSE try_cast(try_cast(p.in_image AS DECIMAL(15, 0)) * p.price_in_image::DECIMAL(23, 12) AS DECIMAL(24, 12)) END
            + CASE WHEN coalesce(p.out_reasoning, 0) = 0 OR p.price_out_reasoning IS NULL THEN 0 ELSE try_cast(try_cast(p.out_reasoning AS DECIMAL(15, 0)) * p.price_out_reasoning::DECIMAL(23, 12) AS DECIMAL(24, 12)) END
            + CASE WHEN coalesce(p.out_audio, 0) = 0 OR p.price_out_audio IS NULL THEN 0 ELSE try_cast(try_cast(p.out_audio AS DECIMAL(15, 0)) * p.price_out_audio::DECIMAL(23, 12) AS DECIMAL(24, 12)) END
            + CASE WHEN coalesce(p.out_image, 0) = 0 OR p.price_out_image IS NULL THEN 0 ELSE try_cast(try_cast(p.out_image AS DECIMAL(15, 0)) * p.price_out_image::DECIMAL(23, 12) AS DECIMAL(24, 12)) END
            + CASE WHEN coalesce(p.other, 0) = 0 OR p.price_other IS NULL THEN 0 ELSE try_cast(try_cast(p.other AS DECIMAL(15, 0)) * p.price_other::DECIMAL(23, 12) AS DECIMAL(24, 12)) END END AS DECIMAL(24, 12)) END AS computed_cost_usd,
    coalesce((p.lacks_input AND p.price_in_uncached > 0) OR (p.lacks_output AND p.price_out_text > 0), false) AS lacks_side,
    coalesce((p.web_searches > 0 AND p.per_web_search IS NULL) OR (p.other_charges IS NOT NULL AND NOT p.is_own), false) AS lacks_charges,
    -- cached tokens beside the input, not inside of it, would be more input
    coalesce(p.semantics = 'unknown' AND p.price_in_uncached > 0, false) AND NOT p.is_flat AS is_ambiguous,
    p.unlisted_tokens > 0 AND NOT p.is_flat AS lacks_kind,
    -- tokens that nobody counts or of which nobody tells what they are, or requests of which nobody tells how many, are
    -- left out of it
    coalesce(NOT p.is_flat AND (
        p.total_tokens IS NULL OR p.unexplained > 0 OR lacks_side OR (p.is_sum AND p.per_request > 0)), false) AS lacks_tokens
FROM placed AS p)
SELECT *, computed_cost_usd IS NOT NULL AND (lacks_charges OR lacks_kind OR is_ambiguous OR lacks_tokens) AS is_least
FROM computed;

-- The same of every span that tells a figure, counted or not.
CREATE VIEW store.priced AS SELECT * EXCLUDE (run_key, step, usage_role, is_counted, cover_key) FROM store.priced_figures WHERE is_told;

-- The rows that count: model calls, and what a span reports beyond those below it. A reported cost goes before a
-- computed one; one that stands for the calls below it is counted less what those cost, so that the sum is as reported.
CREATE VIEW store.calls AS
WITH covering AS MATERIALIZED (
    SELECT span_key, cover_key, is_cover, reported_cost_usd, computed_cost_usd, is_size_unknown
    FROM store.priced_figures WHERE is_charged AND (cover_key IS NOT NULL OR is_cover))
SELECT c.* EXCLUDE (is_flat, is_least, lacks_tokens),
    coalesce(c.usage_role, '') <> 'remainder' AS is_call,
    -- a rest that stands for no call of which we know counts as one, whether it has a price or not
    is_call OR (v.span_key IS NULL AND coalesce(c.total_tokens, 0) > 0) AS counts_as_call,
    try_cast(CASE
        WHEN c.usage_role = 'remainder' AND c.reported_cost_usd IS NOT NULL
            THEN c.reported_cost_usd - coalesce(v.usd, 0)
        ELSE coalesce(c.reported_cost_usd, c.computed_cost_usd) END AS DECIMAL(24, 12)) AS cost_usd,
    CASE
        WHEN c.reported_cost_usd IS NOT NULL THEN 'reported'
        WHEN c.computed_cost_usd IS NOT NULL THEN 'computed'
        ELSE 'unknown' END AS cost_source,
    c.reported_cost_usd IS NULL AND c.computed_cost_usd IS NULL
        AND k.reported_cost_usd IS NULL AND k.computed_cost_usd IS NULL AND counts_as_call AS is_unpriced,
    is_unpriced AND (c.is_size_unknown OR coalesce(k.is_size_unknown, false)) AS is_unsized,
    c.computed_cost_usd IS NULL AND k.computed_cost_usd IS NULL AND counts_as_call AS is_uncomputed,
    -- tokens of a call that another span stands for are told there, requests of such a span at its calls
    c.is_least AND c.cover_key IS NULL AND (c.unexplained > 0 OR c.lacks_side OR c.lacks_charges OR c.lacks_kind OR c.is_ambiguous OR v.span_key IS NULL) AS is_partly_computed,
    is_partly_computed AND c.reported_cost_usd IS NULL AS is_partly_priced
FROM store.priced_figures AS c
LEFT JOIN (
    SELECT cover_key AS span_key, sum(computed_cost_usd) AS usd FROM covering
    WHERE cover_key IS NOT NULL GROUP BY cover_key) AS v ON v.span_key = c.span_key
LEFT JOIN (
    SELECT span_key, any_value(reported_cost_usd) AS reported_cost_usd, any_value(computed_cost_usd) AS computed_cost_usd,
        bool_or(is_size_unknown) AS is_size_unknown
    FROM covering WHERE is_cover GROUP BY span_key) AS k ON k.span_key = c.cover_key
WHERE c.is_charged;

-- What calls of tools cost, where a price file says so.
CREATE VIEW store.tool_costs AS
SELECT p.run_key, p.span_key, s.span_id, p.step, s.start_ns, s.end_ns, s.took_ns, store.agent_of(s.agent, false, NULL, false, a.span_key IS NOT NULL, a.agent, a.name, a.span_key = p.run_key) AS agent, s.service_tier, q.per_request AS cost_usd,
    q.price_source, q.price_date, q.note AS price_note
FROM store.price_rows AS q
JOIN store.spans AS s ON s.kind = 'TOOL' AND coalesce(s.tool_name, s.name) = q.tool
    AND coalesce(s.start_ns, 9214646400000000000) >= q.from_ns AND coalesce(s.start_ns, 9214646400000000000) < q.until_ns
JOIN store.places AS p ON p.span_key = s.span_key AND p.step IS NOT NULL
LEFT JOIN store.spans AS a ON a.span_key = p.agent_key
WHERE q.tool IS NOT NULL;

-- What counts once: calls, what spans report beyond them, and priced calls of tools.
CREATE VIEW store.computed_money AS
SELECT run_key, span_key, step, start_ns, end_ns, took_ns, agent, service_tier, model, provider, is_call, NOT is_call AS is_rest, counts_as_call, is_unpriced, is_unsized, is_uncomputed,
    is_partly_priced, is_partly_computed,
    -- a computed cost that another span reports with others is part of a reported one
    counts_as_call AND cost_source = 'computed' AND cover_key IS NULL AS is_computed,
    total_tokens AS tokens, input_tokens, output_tokens, store.told_cached(tells_cache_read, in_cache_read + in_cache_read_audio) AS cache_read_tokens,
    cost_usd, reported_cost_usd, computed_cost_usd, price_source, price_note
FROM store.calls
UNION ALL BY NAME
SELECT run_key, span_key, step, start_ns, end_ns, took_ns, agent, service_tier, '(tools)' AS model, false AS is_call, false AS is_rest, false AS counts_as_call, false AS is_unpriced, false AS is_unsized, false AS is_uncomputed,
    false AS is_partly_priced, false AS is_partly_computed, false AS is_computed, cost_usd, cost_usd AS computed_cost_usd, price_source, price_note
FROM store.tool_costs;

-- The same, from the table in which a reader keeps it for the prices of its cursor, if it does.
CREATE VIEW store.money AS FROM query_table(coalesce(getvariable('tracetui_money'), 'store.computed_money'));

CREATE VIEW store.run_costs AS
SELECT run_key, try_cast(sum(cost_usd) AS DECIMAL(24, 12)) AS cost_usd, count(*) FILTER (counts_as_call AND NOT is_unpriced) AS priced_calls,
    count(*) FILTER (is_unpriced) AS unpriced_calls, count(*) FILTER (is_computed) AS computed_calls,
    count(*) FILTER (is_partly_priced) AS partly_priced_calls, count(*) FILTER (is_unsized) AS unsized_calls
FROM store.money
GROUP BY run_key;

-- Cost by token bucket; what cannot be told apart by bucket stands in a row of its own.
CREATE VIEW store.cost_parts AS
WITH calls AS MATERIALIZED (FROM store.calls) -- asked six times
SELECT c.run_key, c.span_key, c.span_id, c.start_ns, c.end_ns, c.took_ns, c.agent, c.service_tier, c.is_call, c.counts_as_call, c.is_unpriced, c.is_uncomputed,
    -- what a sum without a price stands for is unpriced at its calls, its tokens stand here
    (c.is_partly_priced AND b.usd IS NULL) OR (c.cost_source = 'unknown' AND NOT c.is_unpriced) AS is_partly_priced,
    (c.is_partly_computed AND b.usd IS NULL) OR (c.computed_cost_usd IS NULL AND NOT c.is_uncomputed) AS is_partly_computed, c.step, c.model, c.provider, c.cost_source, c.price_source, c.price_date, c.price_note, b.bucket,
    b.tokens, b.usd * 1000000 AS usd_per_million,
    -- by a price that depends on the size of a call a sum costs nobody knows what
    CASE WHEN NOT c.is_size_unknown THEN try_cast(try_cast(b.tokens AS DECIMAL(15, 0)) * b.usd::DECIMAL(23, 12) AS DECIMAL(24, 12)) END AS usd,
    -- a reported cost, or one that lacks the price of a bucket, cannot be told apart by bucket
    CASE WHEN c.cost_source = 'computed' THEN usd END AS cost_usd,
    usd AS computed_cost_usd
FROM (SELECT *, unnest([
    {'bucket': 'in_uncached', 'tokens': c.in_uncached, 'usd': c.price_in_uncached},
    {'bucket': 'in_cache_read', 'tokens': c.in_cache_read, 'usd': c.price_in_cache_read},
    {'bucket': 'in_cache_read_audio', 'tokens': c.in_cache_read_audio, 'usd': c.price_in_cache_read_audio},
    {'bucket': 'in_cache_write_5m', 'tokens': c.in_cache_write_5m, 'usd': c.price_in_cache_write_5m},
    {'bucket': 'in_cache_write_1h', 'tokens': c.in_cache_write_1h, 'usd': c.price_in_cache_write_1h},
    {'bucket': 'in_cache_write', 'tokens': c.in_cache_write, 'usd': c.price_in_cache_write},
    {'bucket': 'in_audio', 'tokens': c.in_audio, 'usd': c.price_in_audio},
    {'bucket': 'in_image', 'tokens': c.in_image, 'usd': c.price_in_image},
    {'bucket': 'out_text', 'tokens': c.out_text, 'usd': c.price_out_text},
    {'bucket': 'out_reasoning', 'tokens': c.out_reasoning, 'usd': c.price_out_reasoning},
    {'bucket': 'out_audio', 'tokens': c.out_audio, 'usd': c.price_out_audio},
    {'bucket': 'out_image', 'tokens': c.out_image, 'usd': c.price_out_image},
    {'bucket': 'other', 'tokens': c.other, 'usd': c.price_other},
    {'bucket': 'unexplained', 'tokens': c.unexplained, 'usd': NULL}]) AS b FROM calls AS c) AS c
WHERE b.tokens > 0
UNION ALL BY NAME
-- what nobody counts has no number of tokens
SELECT run_key, span_key, span_id, start_ns, end_ns, took_ns, agent, service_tier, is_call, counts_as_call, is_unpriced, is_uncomputed, is_partly_priced, is_partly_computed,
    step, model, provider, cost_source, CASE WHEN lacks_charges THEN 'charges' ELSE 'unexplained' END AS bucket
FROM calls WHERE is_partly_computed AND coalesce(unexplained, 0) = 0 AND NOT lacks_kind
UNION ALL BY NAME
SELECT run_key, span_key, span_id, start_ns, end_ns, took_ns, agent, service_tier, is_call, counts_as_call, is_unpriced, is_uncomputed, step, model, provider, cost_source, price_source, price_date, price_note, 'request' AS bucket,
    per_request AS computed_cost_usd, CASE WHEN cost_source = 'computed' THEN per_request END AS cost_usd
FROM calls WHERE per_request IS NOT NULL AND computed_cost_usd IS NOT NULL AND is_call
UNION ALL BY NAME
SELECT run_key, span_key, span_id, start_ns, end_ns, took_ns, agent, service_tier, is_call, counts_as_call, is_unpriced, is_uncomputed, step, model, provider, cost_source, price_source, price_date, price_note, 'web_search' AS bucket,
    web_searches * per_web_search AS computed_cost_usd, CASE WHEN cost_source = 'computed' THEN web_searches * per_web_search END AS cost_usd
FROM calls WHERE web_searches > 0 AND per_web_search IS NOT NULL AND computed_cost_usd IS NOT NULL
UNION ALL BY NAME
SELECT run_key, span_key, span_id, start_ns, end_ns, took_ns, agent, service_tier, is_call, counts_as_call, is_unpriced, is_uncomputed, step, model, provider, cost_source,
    CASE WHEN is_call THEN 'reported' ELSE 'remainder' END AS bucket, cost_usd, reported_cost_usd
FROM calls WHERE cost_source = 'reported'
UNION ALL BY NAME
SELECT run_key, span_key, span_id, start_ns, end_ns, took_ns, agent, service_tier, is_call, counts_as_call, is_unpriced, is_uncomputed, step, model, provider, cost_source, 'unpriced' AS bucket
FROM calls WHERE total_tokens IS NULL AND cost_source = 'unknown'
UNION ALL BY NAME
SELECT run_key, span_key, span_id, start_ns, end_ns, took_ns, agent, service_tier, false AS is_call, false AS counts_as_call, false AS is_unpriced, false AS is_uncomputed, step, 'computed' AS cost_source, price_source, price_date, price_note, 'tool_call' AS bucket,
    cost_usd AS computed_cost_usd, cost_usd
FROM store.tool_costs;

-- Runs with their cost by the prices in use.
CREATE VIEW store.priced_runs AS
SELECT r.* EXCLUDE (cost_usd, priced_calls, unpriced_calls), k.cost_usd,
    coalesce(k.priced_calls, r.priced_calls) AS priced_calls, coalesce(k.unpriced_calls, r.unpriced_calls) AS unpriced_calls,
    k.computed_calls, k.partly_priced_calls, k.unsized_calls
FROM store.runs AS r LEFT JOIN store.run_costs AS k USING (run_key);

COMMENT ON VIEW store.price_rows IS 'prices that hold: those that the reader set, else those written into the database';
COMMENT ON VIEW store.priced_figures IS 'every figure, and every call without one, with what it would cost';
COMMENT ON VIEW store.priced IS 'the same of every span that tells a figure, counted or not';
COMMENT ON VIEW store.calls IS 'the rows that count: model calls, and what a span reports beyond those below it';
COMMENT ON VIEW store.tool_costs IS 'what calls of tools cost, where a price file says so';
COMMENT ON VIEW store.computed_money IS 'what counts once: calls, what spans report beyond them, and priced calls of tools';
COMMENT ON VIEW store.money IS 'the same, from where a reader keeps it for its prices, if it does';
COMMENT ON VIEW store.run_costs IS 'cost of each run';
COMMENT ON VIEW store.cost_parts IS 'cost by token bucket';
COMMENT ON VIEW store.priced_runs IS 'runs with their cost by the prices in use';
