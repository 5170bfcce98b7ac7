-- A large piece lies in a file of its own beside the store, encrypted with a key of its own: `data` is empty then.
ALTER TABLE arrival_pieces ADD COLUMN file TEXT;
-- That file's key and nonce.
ALTER TABLE arrival_pieces ADD COLUMN secret BLOB;
-- How long the piece is; NULL: as long as `data`.
ALTER TABLE arrival_pieces ADD COLUMN size_bytes INTEGER;
