"""Consent decisions: policy, participants, consents and their states, and the one function `decide`. Pure values.

Read in this order: `policy`, `participants`, `consents`, `states`, `request`, then `decide` (the table), `ask` (how the
other rooms put a question to it) and `explain` (how anybody inspects it).
"""
