"""The newest signed documents that were taken: kept in the store, so that none older is ever taken after it."""

from __future__ import annotations

from appliance.records.signed import SignedDocument, SignedKind, verified_before
from appliance.store.db import Store


def newest(store: Store, kind: SignedKind, network: str) -> tuple[SignedDocument, bytes] | None:
    """The newest document of this kind that was taken for this network, and its bytes."""
    content = store.value("SELECT content FROM signed_documents WHERE kind = ?", (kind,))
    if content is None:
        return None
    document = verified_before(bytes(content), kind)
    return (document, bytes(content)) if document.network == network else None


def keep(store: Store, document: SignedDocument, content: bytes, signature: bytes) -> None:
    """Keep a document that is in force now, inside a transaction; one of another network gives way, a newer one does not."""
    known = newest(store, document.kind, document.network)
    if known is not None and known[0].version >= document.version:
        return
    store.execute(
        "INSERT INTO signed_documents (kind, version, content, signature, taken_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (kind) DO UPDATE SET version = excluded.version, content = excluded.content,"
        " signature = excluded.signature, taken_at = excluded.taken_at",
        (document.kind, document.version, content, signature, store.now()),
    )
