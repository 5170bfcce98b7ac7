"""What clinic A's receipt computer would answer about some patients, if it were an ORCA: XML and JSON."""
