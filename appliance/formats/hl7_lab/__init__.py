"""Laboratory results as HL7 v2.5 messages (ORU^R01, OUL^R22) to documents."""
