"""The operator's rules as the services read them: the signed policy and participant list named in the site file.

A document is taken when its signature, its network, its version and its dates hold (records/signed.py). It is then kept in
the store: what lies on the disk may go missing or go bad, the last good one stays in force, and none older is taken.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from cryptography import x509

from appliance.config import NetworkConfig
from appliance.consent.rules import MalformedRulesError, Rules, parse_rules
from appliance.errors import Audience, RenkeiError
from appliance.limits import RULES_LOOK_S
from appliance.records.signed import Fault, SignedDocument, SignedKind, UntrustedDocumentError, read_signed
from appliance.store import access, signed_documents
from appliance.store.db import DatabaseError, Store

SIGNATURE_SUFFIX = ".p7s"
"""A document's signature lies beside it, under its name and this."""


_RULES = (SignedKind.POLICY, SignedKind.PARTICIPANTS)
"""The documents that make the rules, as `parse_rules` takes them."""


class RulesMissingError(RenkeiError):
    """The policy or the participant list cannot be read: nothing can be decided without them."""

    code = "CONSENT-0101"
    audience = Audience.OPERATOR


@dataclass(frozen=True, slots=True)
class Taken:
    """A document that may be in force, its bytes, and its signature (empty: it comes from the store)."""

    document: SignedDocument
    content: bytes
    signature: bytes = b""


class RulesFile:
    """The rules in force; looked at again when a file has been replaced, and now and then because time passes."""

    def __init__(self, network: NetworkConfig, store: Store) -> None:
        self._network = network
        self._store = store
        self._marks: tuple[tuple[int, int] | None, ...] = ()
        self._look_at_s = 0.0
        self._rules: Rules | None = None
        self._in_force: list[str] = []
        self._to_keep: list[Taken] = []
        self.trouble: RenkeiError | None = None
        """Why the newest files are not in force, if they are not."""

    def current(self) -> Rules:
        """Raises RulesMissingError, UntrustedDocumentError or MalformedRulesError when there are no good rules yet."""
        marks = tuple(_mark(one) for kind in _RULES for one in _both(_path(self._network, kind)))
        now_s = self._store.clock.monotonic_s()
        if self._rules is None or marks != self._marks or now_s >= self._look_at_s:
            self._marks, self._look_at_s = marks, now_s + RULES_LOOK_S
            self._refresh()
        self._keep()
        assert self._rules is not None
        return self._rules

    def _refresh(self) -> None:
        self.trouble = None
        taken = [self._taken(kind) for kind in _RULES]
        if (these := [one.document.sha256 for one in taken]) == self._in_force:
            return
        try:
            self._rules = self._parsed(taken)
        except MalformedRulesError as error:
            self.trouble = error
            if self._rules is None:
                self._rules = self._parsed([self._last_good(kind, error) for kind in _RULES])
            return
        self._in_force = these
        self._to_keep = [one for one in taken if one.signature]

    def _parsed(self, taken: Sequence[Taken]) -> Rules:
        """With what the site file adds: the network's channels."""
        return replace(parse_rules(*(one.content for one in taken)), channels=self._network.channels)

    def _taken(self, kind: SignedKind) -> Taken:
        """The file's document when it may be put in force, else the last good one."""
        kept = signed_documents.newest(self._store, kind, self._network.name)
        try:
            return read_document(self._network, kind, access.believed_now(self._store), kept and kept[0])
        except OSError:
            self.trouble = _missing()
        except UntrustedDocumentError as error:
            self.trouble = error
        return self._last_good(kind, self.trouble)

    def _last_good(self, kind: SignedKind, trouble: RenkeiError) -> Taken:
        kept = signed_documents.newest(self._store, kind, self._network.name)
        if kept is None:
            raise trouble
        return Taken(*kept)

    def _keep(self) -> None:
        """Into the store, as soon as no other transaction is open."""
        if self._to_keep and not self._store.in_transaction:
            with contextlib.suppress(DatabaseError):  # no room now: tried again at the next call
                with self._store.transaction():
                    for one in self._to_keep:
                        signed_documents.keep(self._store, one.document, one.content, one.signature)
                self._to_keep = []


def read_document(
    network: NetworkConfig, kind: SignedKind, now: datetime, newest: SignedDocument | None = None
) -> Taken:
    """The document that lies on the disk, where the site file says. Raises OSError, UntrustedDocumentError."""
    content, signature = (one.read_bytes() for one in _both(_path(network, kind)))
    try:
        anchors = x509.load_pem_x509_certificates(network.signer.read_bytes())
    except ValueError as error:
        raise UntrustedDocumentError(kind, Fault.SIGNER) from error
    document = read_signed(
        content, signature, anchors, kind=kind, network=network.name, now=now, newest=newest
    )
    return Taken(document, content, signature)


def _path(network: NetworkConfig, kind: SignedKind) -> Path:
    return network.policy if kind is SignedKind.POLICY else network.participants


def _both(path: Path) -> tuple[Path, Path]:
    return path, path.with_name(path.name + SIGNATURE_SUFFIX)


def _missing() -> RulesMissingError:
    return RulesMissingError(
        "運用者の規則ファイル（policy、participants）を読めません。",
        "The operator's policy or participant list cannot be read.",
        hint_ja="site.toml の network.policy、network.participants、network.signer と、署名（.p7s）を確かめてください。",
        hint_en="Check network.policy, network.participants and network.signer in site.toml, and the signatures (.p7s).",
    )


def _mark(path: Path) -> tuple[int, int] | None:
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_ino, about.st_mtime_ns
