"""Answers of the HTTP API of 日医標準レセプトソフト (ORCA), XML and JSON, to documents."""
