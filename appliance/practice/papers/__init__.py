"""Letters, summaries and checkups: what the practice institutions write about a patient, as HL7 CDA R2."""
