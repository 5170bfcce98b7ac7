"""Independent judges of FHIR output: npm `fhir`, @medplum/core, and a walk through JP Core's snapshots (see alarms.mjs)."""

from tests.judges.judge import Note, Verdict, judge

__all__ = ["Note", "Verdict", "judge"]
