-- Which documents of an arrival are stored already is asked for every group of them, by their first lines.
DROP INDEX documents_by_arrival;
CREATE INDEX documents_by_arrival ON documents (arrival, first_line);
