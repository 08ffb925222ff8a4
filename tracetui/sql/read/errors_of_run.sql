SELECT position, error_type, error_message
FROM spans
WHERE run_id = ? AND status = 'error' AND (error_type IS NOT NULL OR error_message IS NOT NULL)
ORDER BY position
