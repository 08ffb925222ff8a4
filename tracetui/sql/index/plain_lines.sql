-- Lines of the plain format, as the index decodes them.
parsed AS (
    SELECT
        * EXCLUDE (piece), chunk_offset + start AS byte_offset, stop - start - 1 AS byte_length,
        /*try*/(json_transform(piece, '{
            "record": "VARCHAR", "trace_id": "VARCHAR", "span_id": "VARCHAR", "parent_id": "VARCHAR",
            "name": "VARCHAR", "kind": "VARCHAR", "kind_original": "VARCHAR", "status": "VARCHAR",
            "error_type": "VARCHAR", "error_message": "VARCHAR", "start": "VARCHAR", "end": "VARCHAR",
            "agent": "VARCHAR", "model": "VARCHAR", "requested_model": "VARCHAR", "provider": "VARCHAR",
            "service_tier": "VARCHAR",
            "tool_name": "VARCHAR", "session_id": "VARCHAR", "user_id": "VARCHAR",
            "environment": "VARCHAR", "version": "VARCHAR", "ttft_ns": "VARCHAR", "took_ns": "VARCHAR", "web_searches": "VARCHAR",
            "other_charges": "VARCHAR", "usage": "VARCHAR"}')) AS f
    FROM index_pieces
    -- no function but json_transform may look into a piece: on bad UTF-8 others bring the whole database down
    WHERE strlen(piece) > 2 OR piece NOT IN (chr(10), chr(13) || chr(10)))
