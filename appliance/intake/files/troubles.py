"""What can be wrong with a source of files, and what a person does about it. No file is named: names hold personal data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Trouble(StrEnum):
    """Why a file is not taken, or nothing is: those that begin with `away` say that the source was not reached."""

    NOT_A_FILE = "not-a-file"
    BAD_NAME = "bad-name"
    TOO_LARGE = "too-large"
    TOO_MANY = "too-many"
    UNREADABLE = "unreadable"
    STUCK = "stuck"
    NO_END = "no-end"
    NO_DATA = "no-data"
    NO_INDEX = "no-index"
    SEVERAL_SIPS = "several-sips"
    NOT_ALLOWED = "not-allowed"
    QUOTA = "quota"
    AWAY = "away"
    MISSING = "away-missing"
    REFUSED = "away-refused"
    UNSAFE = "away-unsafe"
    UNENCRYPTED = "unencrypted"


class UnsafeError(ConnectionError):
    """The other computer does not offer what the site asks for: SMB 3, signed and encrypted."""


@dataclass(frozen=True, slots=True)
class Advice:
    """A trouble in words: what it is and what to do."""

    ja: str
    en: str
    hint_ja: str
    hint_en: str


ADVICE: Final[Mapping[Trouble, Advice]] = {
    Trouble.NOT_A_FILE: Advice(
        "リンクや装置など、ファイルでないものがあります。読みません。",
        "There are links or devices; they are never read.",
        "フォルダーから取り除いてください。",
        "Remove them from the folder.",
    ),
    Trouble.BAD_NAME: Advice(
        "使えない名前のファイルがあります。読みません。",
        "There are files whose names cannot be used; they are not read.",
        "名前を付け直してください。",
        "Rename them.",
    ),
    Trouble.TOO_LARGE: Advice(
        "大きすぎるファイルがあります。",
        "There are files that are too large.",
        "違うファイルでないか確かめ、分けて出力してください。",
        "See that they are the right files, and write them in parts.",
    ),
    Trouble.TOO_MANY: Advice(
        "フォルダーのファイルが多すぎます。",
        "There are too many files in the folder.",
        "古いファイルを別の場所に移してください。",
        "Move old files elsewhere.",
    ),
    Trouble.UNREADABLE: Advice(
        "開けないファイルがあります。",
        "There are files that cannot be opened.",
        "レセコンの共有の権限を確かめてください。",
        "Check the permissions of the receipt computer's share.",
    ),
    Trouble.STUCK: Advice(
        "書き込みの終わらないファイルがあります。",
        "There are files whose writing does not end.",
        "レセコンの出力が終わっているか確かめ、やり直してください。",
        "See whether the receipt computer has finished, and write them again.",
    ),
    Trouble.NO_END: Advice(
        "最後の行がない（途中で切れた）ファイルがあります。読みません。",
        "There are files without their last row, cut short; they are not read.",
        "レセコンで出力をやり直してください。",
        "Write them again from the receipt computer.",
    ),
    Trouble.NO_DATA: Advice(
        "INDEX だけがあり、DATA のないものがあります。",
        "There are INDEX files without their DATA.",
        "同じ SIPS 番号を他の機器が使っていないか確かめてください。",
        "See that no other device uses the same SIPS number.",
    ),
    Trouble.NO_INDEX: Advice(
        "DATA だけがあり、INDEX のないものがあります。",
        "There are DATA files without their INDEX.",
        "レセコンの出力が終わっているか確かめてください。",
        "See whether the receipt computer has finished.",
    ),
    Trouble.SEVERAL_SIPS: Advice(
        "SIPS フォルダーが複数あります。どれも読みません。",
        "There are several SIPS folders; none is read.",
        "この機器の SIPS 番号を、設定の sips に書いてください。",
        "Write this box's SIPS number into the setting `sips`.",
    ),
    Trouble.NOT_ALLOWED: Advice(
        "読んだファイルを消したり移したりする権限がありません。",
        "Files may be read, but not deleted or moved.",
        "共有に変更の権限を付けるか、設定を acknowledge = remember にしてください。",
        "Allow changes on the share, or set acknowledge = remember.",
    ),
    Trouble.QUOTA: Advice(
        "共有フォルダーがいっぱいです。書き込みを止めています。",
        "The shared folder is full; nothing can be written into it.",
        "取り込みが進めば再開します。続くときは運用者に連絡してください。",
        "It opens again as files are taken. If it does not, call the operator.",
    ),
    Trouble.AWAY: Advice(
        "相手のコンピューターにつながりません。つながり次第、続けます。",
        "The other computer is away; reading goes on as soon as it is back.",
        "電源、スリープの設定、LAN ケーブルを確かめてください。",
        "Check its power, its sleep setting and the cable.",
    ),
    Trouble.MISSING: Advice(
        "フォルダーが見つかりません。",
        "The folder is not there.",
        "共有名とフォルダー名を確かめてください。",
        "Check the names of the share and the folder.",
    ),
    Trouble.REFUSED: Advice(
        "利用者名かパスワードが受け付けられません。",
        "The user name or the password is refused.",
        "パスワードが変わっていれば `renkei intake password` で入れ直してください。",
        "If the password has changed, set it again with `renkei intake password`.",
    ),
    Trouble.UNSAFE: Advice(
        "相手のコンピューターが、暗号化した通信（SMB 3）に対応していません。",
        "The other computer does not speak SMB 3 with encryption.",
        "古いレセコンで避けられないときだけ、設定に smb2 = true を書いてください。",
        "Only where an old receipt computer cannot be replaced: set smb2 = true.",
    ),
    Trouble.UNENCRYPTED: Advice(
        "この共有との通信は暗号化されていません（smb2 = true）。",
        "Traffic with this share is not encrypted (smb2 = true).",
        "レセコンの更新を運用者と相談してください。",
        "Talk to the operator about a newer receipt computer.",
    ),
}
"""Every trouble in words."""
