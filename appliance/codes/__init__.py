"""Codes: the published masters, read and compiled to one read-only file, looked up, and mapped to national codes."""
