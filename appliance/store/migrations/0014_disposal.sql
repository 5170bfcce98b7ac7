-- When the bytes of an arrival were disposed of (store/retention.py); its row stays, so that the same bytes are known again.
ALTER TABLE arrivals ADD COLUMN disposed_at TEXT;
