"""The pages of the kiosk, one module a subject; `table.py` lists every route."""
