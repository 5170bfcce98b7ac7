"""One check a file; each module's `check` answers one question."""
