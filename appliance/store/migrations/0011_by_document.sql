-- Whether a document's removal waits already, and what waits for its older version, is asked for each document of a claim set.
CREATE INDEX IF NOT EXISTS deliveries_by_document ON deliveries (document) WHERE document IS NOT NULL;
