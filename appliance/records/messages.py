"""What the services say to each other over their sockets: one request, one answer, each a typed value.

A message on the wire is JSON with its type's name under `type`; unknown types and unknown fields are refused. Personal
data travel here (a Unix socket with checked peer credentials), never in logs.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Message(
    msgspec.Struct, frozen=True, tag=True, tag_field="type", forbid_unknown_fields=True, kw_only=True
):
    """The root of every message."""


class Failed(Message, frozen=True):
    """An answer that says no: a stable code, what happened and what to do, for the person before the screen."""

    code: str
    ja: str
    en: str
    hint_ja: str = ""
    hint_en: str = ""


class Done(Message, frozen=True):
    """An answer with nothing more to say."""


# --- desk: signing in ------------------------------------------------------------------------------


class SignIn(Message, frozen=True):
    """Answered by SignedIn or Failed (the same words for an unknown name and a wrong password)."""

    facility: str
    login: str
    password: str


class SignedIn(Message, frozen=True):
    token: str
    staff_name: str
    role: str
    facility: str
    facility_name: str


class SignOut(Message, frozen=True):
    token: str


class WhoAmI(Message, frozen=True):
    """Is the session alive? Answered by SignedIn (with the same token) or Failed.

    A page that only watches asks with `touch` False, so that watching does not keep the session open.
    """

    token: str
    touch: bool = True


class ListFacilities(Message, frozen=True):
    """The box's own facilities, for the sign-in page; needs no session. Answered by FacilityList."""


class FacilityItem(Message, frozen=True):
    number: str
    name: str


class FacilityList(Message, frozen=True):
    facilities: tuple[FacilityItem, ...]


# --- desk: patients --------------------------------------------------------------------------------


class FindPatients(Message, frozen=True):
    """Search own patients by kana (prefix, any kana form), chart number or birth date; at least one is given."""

    token: str
    kana: str = ""
    number: str = ""
    birth_date: str = ""
    """`YYYY-MM-DD`."""


class PatientItem(Message, frozen=True):
    patient: int
    local_id: str
    name: str
    kana: str
    birth_date: str
    sex: str
    consent_state: str
    """The state of the newest consent record (`active`, `withdrawn`, `refused`, …) or `none`."""


class PatientList(Message, frozen=True):
    patients: tuple[PatientItem, ...]
    more: bool = False
    """Whether there are more than were returned (limits.FIND_PATIENTS_MAX)."""


class ShowPatient(Message, frozen=True):
    """One patient's header, consents and timeline from this box; decided and audited before it is answered."""

    token: str
    patient: int


class ConsentItem(Message, frozen=True):
    consent: int
    resource_id: str
    state: str
    mode: str
    signed_at: str
    effective: str
    text_id: str
    language: str
    copy_state: str
    captured_by: str


class TimelineEntry(Message, frozen=True):
    """One line of the timeline. `source` is the facility's number, `as_of` the month or day the data are of.

    `document` names the document behind the line, where it can be opened (ReadDocument).
    """

    date: str
    data_class: str
    title: str
    source: str
    source_name: str
    as_of: str
    detail: str = ""
    code: str = ""
    own: bool = True
    document: str = ""


class PatientView(Message, frozen=True):
    patient: PatientItem
    coverages: tuple[str, ...]
    """Each insurance in words (kind and payer number), for the staff's check."""
    consents: tuple[ConsentItem, ...]
    timeline: tuple[TimelineEntry, ...]
    hidden_notice: bool
    """Whether the neutral sentence of consent.md has to be shown (always true where others' data are listed)."""
    has_unread_classes: tuple[str, ...] = ()


# --- desk: consent ---------------------------------------------------------------------------------


class ConsentTextRequest(Message, frozen=True):
    """The text a patient is shown, in one language. Answered by ConsentText."""

    token: str
    language: str = "ja"


class ConsentText(Message, frozen=True):
    """The explanation in steps (one a screen), the exact sentence that is signed, and the hash over all of it."""

    text_id: str
    text_hash: str
    language: str
    title: str
    steps: tuple[str, ...]
    statement: str
    no_disadvantage: str
    how_to_withdraw: str
    contact: str
    participants: tuple[FacilityItem, ...]
    scope: str = ""
    """Whom the consent covers, in words for the paper."""
    withdraw_statement: str = ""
    """The sentence that is signed to withdraw."""


class SignConsent(Message, frozen=True):
    """A patient (or someone for them) agreed and signed: draft → pending. Answered by ConsentSigned.

    `strokes` are the signature's lines, each a list of `[x, y, milliseconds]`, bounded by limits.SIGNATURE_MAX_POINTS.
    """

    token: str
    patient: int
    mode: str
    text_id: str
    text_hash: str
    language: str
    shown_to_end: bool
    identity_checked: bool
    strokes: tuple[tuple[tuple[int, int, int], ...], ...]
    request_id: str
    """Chosen by the page: the same request twice makes one record."""
    signer: str = "self"
    """`self`, `scribe`, `guardian`, `self-and-guardian` or `proxy`; all but `self` need the fields below."""
    emergency: str = "yes"
    signer_name: str = ""
    signer_relation: str = ""
    signer_ground: str = ""
    witness: str = ""


class ConsentSigned(Message, frozen=True):
    """The record that was made or changed, and its state now: answers sign, approve, reject, decline and withdraw."""

    consent: int
    state: str


class ApproveConsent(Message, frozen=True):
    """Staff confirm with their password: pending → active, the older one superseded, the message owed to the hub first."""

    token: str
    consent: int
    password: str
    papers_seen: bool = False
    """The papers of a guardian or proxy have been seen; asked for only where there is one."""


class RejectConsent(Message, frozen=True):
    """Staff do not accept the signed consent, and say why: pending → rejected."""

    token: str
    consent: int
    reason: str


class DeclineConsent(Message, frozen=True):
    """The patient does not agree: none → refused."""

    token: str
    patient: int
    text_id: str
    text_hash: str
    language: str
    request_id: str


class WithdrawConsent(Message, frozen=True):
    """The patient withdraws, signed; from the answer on nothing of theirs is sent or shown to others."""

    token: str
    patient: int
    strokes: tuple[tuple[tuple[int, int, int], ...], ...]
    request_id: str
    signer: str = "self"
    signer_name: str = ""
    signer_relation: str = ""
    signer_ground: str = ""
    witness: str = ""


class ConsentPaperRequest(Message, frozen=True):
    """Everything the printed copy (控え) or withdrawal slip needs. Answered by ConsentPaper."""

    token: str
    consent: int


class ConsentPaper(Message, frozen=True):
    consent: int
    resource_id: str
    state: str
    patient_name: str
    patient_kana: str
    birth_date: str
    local_id: str
    mode: str
    scope_words: str
    text: ConsentText
    signed_at: str
    effective: str
    facility: FacilityItem
    staff_name: str
    strokes: tuple[tuple[tuple[int, int, int], ...], ...]
    withdrawn_at: str = ""
    clock_trusted: bool = True


class CopyHandedOver(Message, frozen=True):
    """The copy was handed over (`handed`) or the patient did not want it (`declined`)."""

    token: str
    consent: int
    how: str


class AccessHistoryRequest(Message, frozen=True):
    """Who looked at this patient's data here. Answered by AccessHistory."""

    token: str
    patient: int


class AccessHistoryItem(Message, frozen=True):
    at: str
    facility_name: str
    role: str
    event: str
    data_classes: tuple[str, ...]
    emergency: bool = False


class AccessHistory(Message, frozen=True):
    items: tuple[AccessHistoryItem, ...]


class WorkListRequest(Message, frozen=True):
    """What waits for staff: consents to approve, copies owed, quarantined files, unlinked documents, refusals."""

    token: str


class WorkItem(Message, frozen=True):
    kind: str
    ref: int
    title: str
    what_to_do: str
    since: str


class WorkList(Message, frozen=True):
    items: tuple[WorkItem, ...]


class StatusRequest(Message, frozen=True):
    """The five lines of the status page. Answered by StatusView."""

    token: str


class StatusLine(Message, frozen=True):
    name: str
    level: str
    """`ok`, `info`, `warning` or `error`."""
    ja: str
    en: str
    hint_ja: str = ""
    hint_en: str = ""


class StatusView(Message, frozen=True):
    lines: tuple[StatusLine, ...]


# --- exchange --------------------------------------------------------------------------------------


class LookUp(Message, frozen=True):
    """What the network holds of an own patient; decided and audited before it is answered. Answered by HubView."""

    token: str
    patient: int


class HubView(Message, frozen=True):
    """`fresh_at` is when the hub answered; `reachable` False: the box could not ask, and `why_*` say so.

    Then `timeline` is what was kept of an earlier answer: of a whole look-up, or the emergency set alone (`emergency`).
    """

    reachable: bool
    fresh_at: str = ""
    timeline: tuple[TimelineEntry, ...] = ()
    why_ja: str = ""
    why_en: str = ""
    emergency: bool = False


class ReadDocument(Message, frozen=True):
    """A document that a look-up named, piece by piece from `offset`; decided anew, and audited at its beginning.

    Answered by DocumentPiece.
    """

    token: str
    patient: int
    document: str
    offset: int = 0


class DocumentPiece(Message, frozen=True):
    """`data` begins at the offset asked for; the document is whole when offset and length reach `size_bytes`.

    `ready` False: the hub has not brought it yet, ask again.
    """

    ready: bool
    content_type: str = ""
    title: str = ""
    source_name: str = ""
    date: str = ""
    size_bytes: int = 0
    data: bytes = b""


class FindInNetwork(Message, frozen=True):
    """Staff ask the network who else an own, consenting patient may be there. Answered by NetworkCandidates."""

    token: str
    patient: int


class NetworkCandidate(Message, frozen=True):
    """One of them, masked: `grade` is certain, probable or possible."""

    grade: str
    name: str
    birth_date: str
    sex: str
    source_name: str


class NetworkCandidates(Message, frozen=True):
    candidates: tuple[NetworkCandidate, ...]


class Wake(Message, frozen=True):
    """Something new may be due: look now rather than at the next cycle."""


DeskRequest = (
    SignIn
    | SignOut
    | WhoAmI
    | ListFacilities
    | FindPatients
    | ShowPatient
    | ConsentTextRequest
    | SignConsent
    | ApproveConsent
    | RejectConsent
    | DeclineConsent
    | WithdrawConsent
    | ConsentPaperRequest
    | CopyHandedOver
    | AccessHistoryRequest
    | WorkListRequest
    | StatusRequest
)
ExchangeRequest = LookUp | ReadDocument | FindInNetwork | Wake

Answer = (
    Done
    | Failed
    | SignedIn
    | FacilityList
    | PatientList
    | PatientView
    | ConsentText
    | ConsentSigned
    | ConsentPaper
    | AccessHistory
    | WorkList
    | StatusView
    | HubView
    | DocumentPiece
    | NetworkCandidates
)

_encoder = msgspec.json.Encoder()
_desk_requests: msgspec.json.Decoder[DeskRequest] = msgspec.json.Decoder(DeskRequest)
_exchange_requests: msgspec.json.Decoder[ExchangeRequest] = msgspec.json.Decoder(ExchangeRequest)
_answers: msgspec.json.Decoder[Any] = msgspec.json.Decoder(Answer)


def to_bytes(message: Message) -> bytes:
    return _encoder.encode(message)


def desk_request(data: bytes) -> DeskRequest:
    """Raises msgspec.DecodeError for anything that is not exactly a desk request."""
    return _desk_requests.decode(data)


def exchange_request(data: bytes) -> ExchangeRequest:
    return _exchange_requests.decode(data)


def answer(data: bytes) -> Message:
    decoded: Message = _answers.decode(data)
    return decoded
