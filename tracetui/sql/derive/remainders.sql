-- What spans report beyond the figures below them, bucket by bucket. Where the buckets of input or output do not fit each
-- other, as where only calls tell what was cached, the difference of that side stands as unexplained.
INSERT INTO store.remainders BY NAME
WITH below AS (
    SELECT c.span_key,
        sum(coalesce(o.total_tokens, 0)) AS total_tokens,
        sum(coalesce(o.input_tokens, 0)) AS input_tokens,
        sum(coalesce(o.output_tokens, 0)) AS output_tokens,
        sum(coalesce(o.in_uncached, 0)) AS in_uncached,
        sum(coalesce(o.in_cache_read, 0)) AS in_cache_read,
        sum(coalesce(o.in_cache_read_audio, 0)) AS in_cache_read_audio,
        sum(coalesce(o.in_cache_write_5m, 0)) AS in_cache_write_5m,
        sum(coalesce(o.in_cache_write_1h, 0)) AS in_cache_write_1h,
        sum(coalesce(o.in_cache_write, 0)) AS in_cache_write,
        sum(coalesce(o.in_audio, 0)) AS in_audio,
        sum(coalesce(o.in_image, 0)) AS in_image,
        sum(coalesce(o.out_text, 0)) AS out_text,
        sum(coalesce(o.out_reasoning, 0)) AS out_reasoning,
        sum(coalesce(o.out_audio, 0)) AS out_audio,
        sum(coalesce(o.out_image, 0)) AS out_image,
        sum(coalesce(o.other, 0)) AS other,
        sum(coalesce(o.unexplained, 0)) AS unexplained
    FROM compared AS c LEFT JOIN store.usage AS o ON o.span_key = c.other_key GROUP BY c.span_key),
rest AS (
    SELECT span_key, u.total_tokens::HUGEINT - b.total_tokens AS total_tokens,
        coalesce(u.input_tokens, 0) - b.input_tokens AS input_tokens,
        coalesce(u.output_tokens, 0) - b.output_tokens AS output_tokens,
        coalesce(u.in_uncached, 0) - b.in_uncached AS in_uncached,
        coalesce(u.in_cache_read, 0) - b.in_cache_read AS in_cache_read,
        coalesce(u.in_cache_read_audio, 0) - b.in_cache_read_audio AS in_cache_read_audio,
        coalesce(u.in_cache_write_5m, 0) - b.in_cache_write_5m AS in_cache_write_5m,
        coalesce(u.in_cache_write_1h, 0) - b.in_cache_write_1h AS in_cache_write_1h,
        coalesce(u.in_cache_write, 0) - b.in_cache_write AS in_cache_write,
        coalesce(u.in_audio, 0) - b.in_audio AS in_audio,
        coalesce(u.in_image, 0) - b.in_image AS in_image,
        coalesce(u.out_text, 0) - b.out_text AS out_text,
        coalesce(u.out_reasoning, 0) - b.out_reasoning AS out_reasoning,
        coalesce(u.out_audio, 0) - b.out_audio AS out_audio,
        coalesce(u.out_image, 0) - b.out_image AS out_image,
        coalesce(u.other, 0) - b.other AS other,
        coalesce(u.unexplained, 0) - b.unexplained AS unexplained
    FROM below AS b JOIN store.usage AS u USING (span_key)),
fitting AS (
    SELECT *, least(input_tokens, output_tokens,
        in_uncached, in_cache_read, in_cache_read_audio, in_cache_write_5m, in_cache_write_1h, in_cache_write, in_audio,
        in_image, out_text, out_reasoning, out_audio, out_image, other, unexplained) >= 0
        AND input_tokens + output_tokens + other + unexplained = total_tokens AS fits,
        least(input_tokens, output_tokens) >= 0 AND input_tokens + output_tokens <= total_tokens AS has_sides,
        fits OR (has_sides AND least(in_uncached, in_cache_read, in_cache_read_audio, in_cache_write_5m, in_cache_write_1h, in_cache_write, in_audio, in_image) >= 0) AS fits_in,
        fits OR (has_sides AND least(out_text, out_reasoning, out_audio, out_image) >= 0) AS fits_out
    FROM rest)
SELECT
    span_key, x.cost_usd,
    CASE WHEN fits OR has_sides THEN input_tokens END::BIGINT AS input_tokens,
    CASE WHEN fits OR has_sides THEN output_tokens END::BIGINT AS output_tokens,
    CASE WHEN fits_in THEN in_uncached END::BIGINT AS in_uncached,
    CASE WHEN fits_in THEN in_cache_read END::BIGINT AS in_cache_read,
    CASE WHEN fits_in THEN in_cache_read_audio END::BIGINT AS in_cache_read_audio,
    CASE WHEN fits_in THEN in_cache_write_5m END::BIGINT AS in_cache_write_5m,
    CASE WHEN fits_in THEN in_cache_write_1h END::BIGINT AS in_cache_write_1h,
    CASE WHEN fits_in THEN in_cache_write END::BIGINT AS in_cache_write,
    CASE WHEN fits_in THEN in_audio END::BIGINT AS in_audio,
    CASE WHEN fits_in THEN in_image END::BIGINT AS in_image,
    CASE WHEN fits_out THEN out_text END::BIGINT AS out_text,
    CASE WHEN fits_out THEN out_reasoning END::BIGINT AS out_reasoning,
    CASE WHEN fits_out THEN out_audio END::BIGINT AS out_audio,
    CASE WHEN fits_out THEN out_image END::BIGINT AS out_image,
    CASE WHEN fits THEN other END::BIGINT AS other,
    CASE WHEN fits THEN unexplained
        ELSE total_tokens - CASE WHEN fits_in THEN input_tokens ELSE 0 END - CASE WHEN fits_out THEN output_tokens ELSE 0 END
    END::BIGINT AS unexplained, total_tokens::BIGINT AS total_tokens
FROM fitting FULL JOIN excess AS x USING (span_key);
