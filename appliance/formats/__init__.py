"""Bytes to documents: what a file is, and what it says. Pure: no clock, no disk, no network, no store."""
