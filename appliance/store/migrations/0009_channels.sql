-- By which of the network's channels a delivery goes: one delivery for each.
ALTER TABLE deliveries ADD COLUMN channel TEXT NOT NULL DEFAULT 'fhir';
-- What a refused delivery consisted of (entry → digest), to show later what would be different.
ALTER TABLE deliveries ADD COLUMN sent_entries TEXT NOT NULL DEFAULT '';

DROP INDEX deliveries_by_state;
CREATE INDEX deliveries_by_state ON deliveries (state, channel, priority, id);
DROP INDEX deliveries_by_patient;
CREATE INDEX deliveries_by_patient ON deliveries (patient, channel, state, priority, id);
DROP INDEX deliveries_by_key;
CREATE INDEX deliveries_by_key ON deliveries (document_key, channel, state);
-- Whether a document is owed at all is asked for every document of a patient who agrees.
CREATE INDEX deliveries_by_document ON deliveries (document, channel, state);
