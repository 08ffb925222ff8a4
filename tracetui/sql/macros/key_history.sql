CREATE MACRO key_history(run, of_key) AS TABLE
SELECT c.* EXCLUDE (run_id)
FROM state_changes AS c WHERE c.run_id = run AND c.key = of_key ORDER BY c.seq;

COMMENT ON MACRO TABLE key_history IS 'Everything that a run did to one key, in order, reads too. `FROM key_history(''run id'', ''plan'')`';
