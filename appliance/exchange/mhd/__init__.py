"""Whole documents to the region as IHE MHD 4.2 has them: metadata that XDS needs, and the transactions that carry them. Pure.

`whole` is a document with its bytes and what follows from them; `metadata` says it as DocumentReference and SubmissionSet;
`provide` makes the transactions: ITI-65, its removal, and what each leaves at the hub; `simplified` makes ITI-105.
"""
