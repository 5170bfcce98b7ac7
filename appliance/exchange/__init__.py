"""Records to the region and back: FHIR bundles, the hub's client, the delivery worker, look-up, conversion."""
