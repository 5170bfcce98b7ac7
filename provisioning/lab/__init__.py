"""The practice network: made-up certificates and a regional hub on loopback, for the demo, training and tests."""
