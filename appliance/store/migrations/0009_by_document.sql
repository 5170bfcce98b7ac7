-- Whether a document's removal waits already, and what waits for its older version, is asked for each document of a claim set.
CREATE INDEX IF NOT EXISTS deliveries_by_document ON deliveries (document) WHERE document IS NOT NULL;
-- Whether an arrival holds what was begun is asked at the end of each.
CREATE INDEX IF NOT EXISTS arrivals_by_begun ON arrivals (begun) WHERE begun IS NOT NULL;
