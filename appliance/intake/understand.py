"""From an arrival's bytes to documents in the store, and what is said of those that were not understood.

An arrival is read document by document and written in groups, each group one durable commit, so that memory does not
grow with its size; a crash in between is resumed from the arrival's bytes and changes nothing that was already written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice

from appliance.codes.counts import MappingCounts
from appliance.codes.lookup import Lookup
from appliance.codes.mapping import map_document
from appliance.consent.rules import Rules
from appliance.formats.attachment import NamingRule, read_attachment
from appliance.formats.facility import adopted, placed
from appliance.formats.findings import Gathered
from appliance.formats.parse import OpenFile, open_documents, opened
from appliance.intake.parts import settle_joined, together
from appliance.limits import COMMIT_GROUP_DOCUMENTS
from appliance.records.document import Document, DocumentKind, Format
from appliance.records.finding import Finding, Severity
from appliance.records.readable import Readable
from appliance.sources import AnySource
from appliance.store import arrivals, documents, unmapped
from appliance.store.arrivals import Arrival, ArrivalState
from appliance.store.db import Store

FOREIGN_FACILITY = "INTAKE-0101"
UNLINKED = "INTAKE-0102"
UNEXPLAINED = "INTAKE-0103"
CUT_SHORT = "INTAKE-0104"
NSIPS_NOT_AGREED = "INTAKE-0106"


def understand(
    store: Store,
    rules: Rules,
    arrival: Arrival,
    own_facilities: Collection[str],
    lookup: Lookup | None = None,
    source: AnySource | None = None,
) -> Arrival:
    """Parse an arrival that is `received`, map its codes, store its documents, and settle what it was."""
    content = arrivals.readable(store, arrival.id)
    joined = together(store, arrival, content)
    file = _opened(joined.content if joined else content, arrival, source)
    counts, findings = MappingCounts(), Gathered()
    if arrival.cut_short:
        findings.add(_cut_short())
    admitted = _admitted(file, arrival.facility, own_facilities, source, findings)
    mapped = (_mapped(document, lookup, counts) for document in admitted)
    stored = 0
    while group := list(islice(mapped, COMMIT_GROUP_DOCUMENTS)):
        with store.transaction():
            documents.put(store, rules, arrival.id, group)
        stored += len(group)
    findings.add_all(file.about.findings)
    with store.transaction():
        if file.about.complete:
            documents.finish_sets(store, rules, arrival.id)
        if joined:
            settle_joined(store, joined.others)
        unmapped.add(store, counts.unmapped)
        findings.add_all(map(_unlinked, documents.unlinked_lines(store, arrival.id)))
        arrivals.settle(
            store,
            arrival.id,
            _state(stored, findings),
            format_name=file.format.value,
            documents=stored,
            findings=findings.all(),
        )
    return arrivals.get(store, arrival.id)


def quarantine_unexplained(store: Store, arrival: Arrival) -> Arrival:
    """A fault of ours kept an arrival from being understood, or the rest of it: it is kept and can be tried again."""
    return _quarantine(store, arrival, _unexplained())


def quarantine_damaged(store: Store, arrival: Arrival) -> Arrival:
    """A part of its bytes is lost: what was understood before stays."""
    return _quarantine(store, arrival, _damaged())


def _quarantine(store: Store, arrival: Arrival, finding: Finding) -> Arrival:
    with store.transaction():
        stored = documents.count(store, arrival.id)
        arrivals.settle(
            store,
            arrival.id,
            ArrivalState.PARTLY if stored else ArrivalState.QUARANTINED,
            format_name=arrival.format,
            documents=stored,
            findings=[finding],
        )
    return arrivals.get(store, arrival.id)


def resume(store: Store, rules: Rules, own_facilities: Collection[str], lookup: Lookup | None = None) -> int:
    """Understand what an earlier run had received and not finished; how many arrivals that were."""
    waiting = arrivals.in_state(store, ArrivalState.RECEIVED)
    for arrival in waiting:
        understand(store, rules, arrival, own_facilities, lookup)
    return len(waiting)


def _opened(content: Readable, arrival: Arrival, source: AnySource | None) -> OpenFile:
    """The arrival's documents; a PDF or picture is told whose it is by its name, under the source's rule."""
    file = open_documents(content)
    if file.format not in (Format.PDF, Format.IMAGE) or source is None or not source.attachments:
        return file
    rule = NamingRule(source.attachments)
    return opened(read_attachment(content, file.format, arrival.name, rule, arrival.facility))


def _admitted(
    file: OpenFile,
    facility: str,
    own_facilities: Collection[str],
    source: AnySource | None,
    findings: Gathered,
) -> Iterator[Document]:
    """The documents that may be stored, each as one of this box's facilities; what is said of any is gathered."""
    agreed = file.format is not Format.NSIPS or (source is not None and source.nsips)
    if not agreed:
        findings.add(_not_agreed())
    issuers = source.issuers if source else ()
    for document in (placed(document, facility) for document in file):
        findings.add_all(document.findings)
        if not agreed:
            continue
        if document.facility in own_facilities:
            yield document
        elif document.kind is not DocumentKind.CLAIM and ("*" in issuers or document.facility in issuers):
            yield adopted(document, facility)
        else:
            findings.add(_foreign(document))


def _mapped(document: Document, lookup: Lookup | None, counts: MappingCounts) -> Document:
    if lookup is None:
        return document
    mapped, found = map_document(document, lookup)
    counts.add(found)
    return mapped


def note_for(arrival: Arrival) -> str:
    """What stands beside a quarantined file: why, where, and what to do (Japanese first). No personal data."""
    lines = [
        f"{arrival.name}（受付番号 {arrival.id}）",
        "このファイルは、一部または全部を読み取れませんでした。元のデータは暗号化して保管しています。",
        "This file could not be read, in part or as a whole. Its bytes are kept, encrypted.",
        "",
    ]
    for finding in arrival.findings:
        if finding.severity is Severity.INFO:
            continue
        place = f"{finding.line}行目 " if finding.line else ""
        lines += [
            f"・[{finding.code}] {place}{finding.field} {finding.text}".rstrip(),
            f"  {finding.text_en}",
        ]
        if finding.hint:
            lines.append(f"  → {finding.hint}")
    return "\n".join(lines) + "\n"


def _state(stored: int, findings: Gathered) -> ArrivalState:
    if not findings.has_errors:
        return ArrivalState.UNDERSTOOD
    return ArrivalState.PARTLY if stored else ArrivalState.QUARANTINED


def _foreign(document: Document) -> Finding:
    return Finding(
        FOREIGN_FACILITY,
        Severity.ERROR,
        "この機器に登録されていない医療機関のデータです。取り込みません。",
        "Data of a facility that this box does not serve; they are not taken in.",
        "医療機関コードを確かめ、正しい機器の取り込み元に入れてください。患者さんが持参したものなら、設定の issuers に発行元を書きます。",
        document.first_line,
        "医療機関コード",
    )


def _not_agreed() -> Finding:
    return Finding(
        NSIPS_NOT_AGREED,
        Severity.ERROR,
        "NSIPS のデータです。この取り込み元では利用の手続きが済んでいないため、取り込みません。",
        "These are NSIPS data, and this source has not been cleared for them.",
        "NSIPS会への加入と利用範囲を運用者に確かめてから、site.toml の取り込み元に nsips = true を書いてください。",
    )


def _unexplained() -> Finding:
    return Finding(
        UNEXPLAINED,
        Severity.ERROR,
        "このファイルの処理中に、機器のソフトウェアの不具合が起きました。元のデータは保管しています。",
        "The box's own software failed on this file. Its bytes are kept.",
        "運用者に連絡してください。更新のあとで「もう一度読み取る」を選べます。",
    )


def _damaged() -> Finding:
    return Finding(
        arrivals.DAMAGED,
        Severity.ERROR,
        "受け取ったデータの一部が、記憶装置から失われたか壊れています。",
        "A part of what was received is missing from the disk, or damaged.",
        "同じファイルをもう一度出力すると、読み直します。電源を切らずに運用者にも連絡してください。記憶装置の交換が必要なことがあります。",
    )


def _cut_short() -> Finding:
    return Finding(
        CUT_SHORT,
        Severity.ERROR,
        "受信の途中で通信が切れました。届いた分だけを保管しています。",
        "The line broke before the message ended; what came is kept.",
        "装置から、もう一度送信してください。",
    )


def _unlinked(line: int) -> Finding:
    return Finding(
        UNLINKED,
        Severity.WARNING,
        "どの患者のものか確かでないため、保管だけして送信しません。",
        "It is not certain whose this is: it is kept and never sent.",
        "カルテ番号・生年月日・性別をレセコンで確かめてください。",
        line,
        "患者",
    )
