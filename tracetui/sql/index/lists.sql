-- From the list `attributes` to a column for each attribute in use. Only codes are made of all of them: a lambda that gives
-- texts copies them, payloads too, and one that names the hash of a key twice computes it twice. Codes are turned round: of
-- attributes with the same key the last one counts.
coded AS (
    SELECT *, list_reverse(list_transform(
        list_transform(attributes, lambda a: hash(a.key)), lambda h: /*code*/)) AS codes
    FROM found),
usual AS (SELECT * EXCLUDE (attributes), coalesce(list_contains(codes, 0::UBIGINT), false) AS has_others/*values*/ FROM coded),
