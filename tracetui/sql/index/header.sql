INSERT INTO store.headers VALUES ($1, $2, $3, $4, $5, $6)
