CREATE VIEW prices AS
SELECT
    nullif(provider, '') AS provider, nullif(model, '') AS model, tool,
    CASE WHEN from_ns > -4000000000000000000 THEN make_timestamp_ns(from_ns) END AS valid_from,
    CASE WHEN until_ns < 9214646400000000000 THEN make_timestamp_ns(until_ns) END AS valid_until,
    greatest(above_input, 0) AS above_input_tokens,
    in_uncached * 1000000 AS in_uncached,
    in_cache_read * 1000000 AS in_cache_read,
    in_cache_read_audio * 1000000 AS in_cache_read_audio,
    in_cache_write_5m * 1000000 AS in_cache_write_5m,
    in_cache_write_1h * 1000000 AS in_cache_write_1h,
    in_cache_write * 1000000 AS in_cache_write,
    in_audio * 1000000 AS in_audio,
    in_image * 1000000 AS in_image,
    out_text * 1000000 AS out_text,
    out_reasoning * 1000000 AS out_reasoning,
    out_audio * 1000000 AS out_audio,
    out_image * 1000000 AS out_image,
    other * 1000000 AS other,
    per_request AS usd_per_request, per_web_search AS usd_per_web_search, price_source, price_date, note, nullif(service_tier, '') AS service_tier
FROM store.price_rows;

COMMENT ON VIEW prices IS 'One row per price in use for the models of these sources: dollars for a million tokens of each bucket.';
COMMENT ON COLUMN prices.provider IS 'provider that the calls name';
COMMENT ON COLUMN prices.model IS 'model that the calls name';
COMMENT ON COLUMN prices.tool IS 'tool, where the price is for its calls';
COMMENT ON COLUMN prices.service_tier IS 'tier that the price is for; NULL for the usual one';
COMMENT ON COLUMN prices.valid_from IS 'calls from then on, UTC; NULL for any';
COMMENT ON COLUMN prices.valid_until IS 'calls before then, UTC; NULL for any';
COMMENT ON COLUMN prices.above_input_tokens IS 'calls with more input tokens than that';
COMMENT ON COLUMN prices.in_uncached IS 'for fresh input tokens, neither cached nor sound nor image';
COMMENT ON COLUMN prices.in_cache_read IS 'for input tokens read from a cache';
COMMENT ON COLUMN prices.in_cache_read_audio IS 'for audio input tokens read from a cache';
COMMENT ON COLUMN prices.in_cache_write_5m IS 'for input tokens written to a cache for 5 minutes';
COMMENT ON COLUMN prices.in_cache_write_1h IS 'for input tokens written to a cache for an hour';
COMMENT ON COLUMN prices.in_cache_write IS 'for input tokens written to a cache, for how long is not said';
COMMENT ON COLUMN prices.in_audio IS 'for audio input tokens';
COMMENT ON COLUMN prices.in_image IS 'for image input tokens';
COMMENT ON COLUMN prices.out_text IS 'for output tokens that are neither reasoning nor sound nor image';
COMMENT ON COLUMN prices.out_reasoning IS 'for output tokens spent on reasoning';
COMMENT ON COLUMN prices.out_audio IS 'for audio output tokens';
COMMENT ON COLUMN prices.out_image IS 'for image output tokens';
COMMENT ON COLUMN prices.other IS 'for tokens of a kind of their own';
COMMENT ON COLUMN prices.usd_per_request IS 'dollars for a request or a call of the tool';
COMMENT ON COLUMN prices.usd_per_web_search IS 'dollars for each search that the provider makes in the web';
COMMENT ON COLUMN prices.price_source IS 'package and entry, or file';
COMMENT ON COLUMN prices.price_date IS 'day from which the price holds, where the price list says';
COMMENT ON COLUMN prices.note IS 'remark of the price file, such as a currency';
