"""The staff's work list: what waits for somebody, in words, with what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from appliance.desk.desk import Desk
from appliance.limits import WORK_LIST_MAX
from appliance.records.messages import WorkItem, WorkList, WorkListRequest
from appliance.store import audit, patients, waiting
from appliance.store.audit import Event
from appliance.store.db import Store
from appliance.store.waiting import Waiting, WaitingThing


class _Words(NamedTuple):
    """A title, in which `{who}` is the patient and `{about}` a word about the thing, and what to do."""

    title: str
    what_to_do: str


_WORDS: Final[Mapping[Waiting, _Words]] = {
    Waiting.CONSENT_PENDING: _Words(
        "{who}の同意が承認を待っています。", "署名と本人確認を見て、承認するか差し戻してください。"
    ),
    Waiting.COPY_OWED: _Words(
        "{who}にお渡しする書面（{about}）があります。", "印刷してお渡しするか、不要と記録してください。"
    ),
    Waiting.FILE_QUARANTINED: _Words(
        "読めなかったファイルがあります（番号{ref}・{about}）。",
        "取り込みフォルダーの quarantine にある説明を読み、レセコンから出し直してください。",
    ),
    Waiting.DOCUMENT_UNLINKED: _Words(
        "どの患者さんのものか決められない書類があります（番号{ref}・{about}）。",
        "レセコンでカルテ番号・生年月日・性別を確かめ、直してから出し直してください。",
    ),
    Waiting.DELIVERY_REFUSED: _Words(
        "{who}の情報を、ネットワークが受け付けませんでした（番号{ref}）。",
        "運用者に番号を伝えてください。原因が直ったあとで送り直せます。",
    ),
    Waiting.REMOVAL_HELD: _Words(
        "{who}の書類が、新しいファイルからなくなっています（番号{ref}）。",
        "一度に多くが消えるため止めています。正しければ運用者に実行を頼んでください。",
    ),
}

_ABOUT: Final[Mapping[str, str]] = {
    "active": "同意書の控え",
    "suspended": "同意書の控え",
    "withdrawn": "撤回の控え",
    "rejected": "差し戻しの説明",
    "refused": "診療に影響がないことの説明",
    "quarantined": "全体",
    "partly": "一部",
}


def work_list(desk: Desk, asked: WorkListRequest) -> WorkList:
    """Everything that waits at the facility of whoever asks."""
    with desk.store.transaction() as store:
        session = desk.session(asked.token)
        things = [
            thing
            for kind in Waiting
            for thing in waiting.listed(store, kind, session.facility, WORK_LIST_MAX)
        ]
        audit.append(
            store,
            Event.WORK_LIST_SHOWN,
            staff=session.staff,
            facility=session.facility,
            role=session.role,
            patients=sorted({thing.patient for thing in things if thing.patient is not None}),
        )
        return WorkList(items=tuple(_item(store, thing) for thing in things))


def _item(store: Store, thing: WaitingThing) -> WorkItem:
    words = _WORDS[thing.kind]
    who = f"{patients.load(store, thing.patient).patient.name.text} さん" if thing.patient else ""
    about = _ABOUT.get(thing.about, thing.about)
    return WorkItem(
        kind=thing.kind,
        ref=thing.ref,
        title=words.title.format(who=who, about=about, ref=thing.ref),
        what_to_do=words.what_to_do,
        since=thing.since,
    )
