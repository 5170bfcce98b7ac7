"""The desk: answers the kiosk's typed questions. It alone stands between the pages and the store.

`answers` is the table question → function; each function decides, writes the audit row and reads what it answers in
one transaction. `service` runs it.
"""
