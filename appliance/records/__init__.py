"""The typed records, identifiers, Japanese dates and names, data classes, and socket messages. Pure values."""
