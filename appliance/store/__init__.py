"""The encrypted store: arrivals, documents, the patient index, deliveries, consents, staff and audit, in SQLCipher."""
