"""Faults on purpose, bounded in count and time: acknowledged and lost must be 0, twice must be 0."""
