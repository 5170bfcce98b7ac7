"""Sources as the site file names them: one class a kind, and the presets by which an installer chooses a product.

A preset is a product's usual way of writing; it fills in what the site file leaves out and never overrides it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final


class SourceKind(StrEnum):
    """How data come from a source."""

    FOLDER = "folder"
    """A folder on the box: its own share, or any other."""
    SHARE = "share"
    """Somebody else's shared folder, by SMB."""
    SERIAL = "serial"
    ORCA = "orca"


class Completion(StrEnum):
    """What says that a file is whole."""

    AT_REST = "at-rest"
    """Its end record, or unchanged size and content by our own clock."""
    INDEX = "index"
    """The hand-shake of NSIPS: a file of the same name in INDEX beside DATA."""


class Acknowledge(StrEnum):
    """What becomes of a file that was taken."""

    DELETE = "delete"
    MOVE = "move"
    """Into `done/` or `quarantine/` beside it, the latter with a note that says why."""
    REMEMBER = "remember"
    """It is left where it is, and known again."""


class Parity(StrEnum):
    """The parity bit of a serial line."""

    NONE = "none"
    EVEN = "even"
    ODD = "odd"


class SerialProfile(StrEnum):
    """How messages stand on a serial line (`intake/serial/profiles.py`)."""

    LINE = "line"
    """One line, one message."""
    QR = "qr"
    """A reader of two-dimensional codes."""
    STX_ETX_A = "stx-etx-a"
    """STX … ETX, class A: the device expects no reply."""
    STX_ETX_B = "stx-etx-b"
    """STX … ETX, class B: ACK or NAK after each text."""
    ASTM = "astm"
    """ASTM E1381 (LIS01-A2)."""


UNREAD_PROFILES: Final = frozenset({SerialProfile.LINE, SerialProfile.STX_ETX_A, SerialProfile.STX_ETX_B})
"""Every maker fills these messages in its own way, and no reader knows one yet: they are kept, and stay unknown."""


class BlockCheck(StrEnum):
    """The check behind ETX, which every maker has its own way of."""

    AUTO = "auto"
    """The profile's own: found out from the first scans with `qr`, none with the others."""
    NONE = "none"
    XOR = "xor"
    SUM8 = "sum8"
    SUM8_HEX = "sum8hex"
    """The sum in two hexadecimal digits."""


class CheckFrom(StrEnum):
    """The first byte that a block check covers."""

    AFTER_STX = "after-stx"
    STX = "stx"


class CheckTo(StrEnum):
    """The last byte that a block check covers."""

    BEFORE_ETX = "before-etx"
    ETX = "etx"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What every source has: its name in this file, and the facility its data are of."""

    name: str
    facility: str
    preset: str = ""
    nsips: bool = False
    """NSIPS is read only from a source whose site has joined NSIPS会 and agreed its use (handbook, sources)."""
    attachments: str = ""
    """The rule by which the names of PDF files and pictures tell the patient, e.g. `{patient}_{date}_{kind}.pdf`."""
    issuers: tuple[str, ...] = ()
    """Institutions whose letters and prescriptions this source brings beside the facility's own; `*` for any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSource(Source):
    """What folders and shares have in common."""

    completion: Completion = Completion.AT_REST
    acknowledge: Acknowledge = Acknowledge.MOVE
    sips: int = 0
    """The SIPS number that is this box's own, where `completion` is `index` and the folder holds several."""
    open_end: bool = False
    """Its programs leave out the end of a file's last row: such a file is taken too, after a longer quiet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSource(FileSource):
    """A folder on the box."""

    folder: Path
    account: str = ""
    """The receipt computer's account at the box's own share; without one the folder is not shared."""
    write_only: bool = True
    """What lies in the share cannot be read there; False for a program that opens its own files again to read them."""
    quota_mb: int = 2048
    kind: SourceKind = SourceKind.FOLDER


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareSource(FileSource):
    """A shared folder of another computer; its password is kept in the store (`renkei intake password`)."""

    share: str
    """`//computer/share/folder`."""
    user: str
    domain: str = ""
    port: int = 445
    smb2: bool = False
    """Allows SMB 2 without encryption, for a receipt computer that knows no better; status warns of it."""
    kind: SourceKind = SourceKind.SHARE


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialSource(Source):
    """A serial line. The framing is a profile of `intake/serial`; the other items are the line's."""

    device: Path
    """A name that stays the same when the plug is pulled: `/dev/serial/by-id/…`."""
    profile: SerialProfile = SerialProfile.LINE
    check: BlockCheck = BlockCheck.AUTO
    check_from: CheckFrom = CheckFrom.AFTER_STX
    check_to: CheckTo = CheckTo.ETX
    baud: int = 9600
    data_bits: int = 8
    parity: Parity = Parity.NONE
    stop_bits: int = 1
    rtscts: bool = False
    kind: SourceKind = SourceKind.SERIAL


@dataclass(frozen=True, slots=True, kw_only=True)
class OrcaSource(Source):
    """An ORCA server's read-only API; the user's password is kept in the store (`renkei intake password`)."""

    url: str
    """`http://192.168.1.5:8000`, with `/api` behind it where the server wants that."""
    user: str
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    push: str = ""
    """The address of its PUSH service (`ws://192.168.1.5:9400/ws`): a hint to look sooner, never needed."""
    community_agreement: bool = True
    """Whether a patient's `Community_Cid_Agree` of False keeps the patient's data out."""
    poll_s: int = 300
    """How often the visits of yesterday and today are asked for while PUSH is silent."""
    pause_ms: int = 500
    """Between two requests: the server has other work to do."""
    kind: SourceKind = SourceKind.ORCA


AnySource = FolderSource | ShareSource | SerialSource | OrcaSource

KINDS: Final[Mapping[SourceKind, type[AnySource]]] = {
    SourceKind.FOLDER: FolderSource,
    SourceKind.SHARE: ShareSource,
    SourceKind.SERIAL: SerialSource,
    SourceKind.ORCA: OrcaSource,
}


@dataclass(frozen=True, slots=True)
class Preset:
    """A product's usual way of writing: settings the site file need not repeat, and what to set on the other side."""

    ja: str
    en: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    advice_ja: str = ""
    """What the installer sets on the receipt computer."""


PRESETS: Final[Mapping[str, Preset]] = {
    "uke-folder": Preset(
        "レセプト電算ファイルを、この機器の共有フォルダーに書き出す",
        "Claim files written into the box's own share",
        {"kind": "folder", "completion": "at-rest", "acknowledge": "delete"},
        "レセコンの電算ファイルの出力先を、この機器の共有フォルダーにしてください。",
    ),
    "uke-share": Preset(
        "レセコンの共有フォルダーに書き出されたレセプト電算ファイルを読む",
        "Claim files in a share of the receipt computer",
        {"kind": "share", "completion": "at-rest", "acknowledge": "remember"},
        "レセコンの出力フォルダーを、読み取りだけできる専用の利用者に共有してください。",
    ),
    "nsips": Preset(
        "NSIPS（レセコンの SIPSn フォルダー）",
        "NSIPS: a SIPSn folder of the receipt computer's",
        {"kind": "share", "completion": "index", "acknowledge": "delete"},
        "この機器専用の SIPS 番号を追加し、そのフォルダーを共有してください。他の機器の SIPS 番号は使えません。",
    ),
    "nsips-folder": Preset(
        "NSIPS（この機器の共有フォルダーの SIPSn）",
        "NSIPS: a SIPSn folder in the box's own share",
        {"kind": "folder", "completion": "index", "acknowledge": "delete"},
        "この機器専用の SIPS 番号の出力先を、この機器の共有フォルダーにしてください。",
    ),
    "documents": Preset(
        "紹介状・PDF・検査結果のファイルを、この機器の共有フォルダーに入れる",
        "Letters, PDF files and laboratory results put into the box's own share",
        {"kind": "folder", "completion": "at-rest", "acknowledge": "delete", "issuers": ["*"]},
        "PDF や画像は、attachments に書いた規則のとおりに名前を付けてください。",
    ),
    "orca": Preset(
        "日医標準レセプトソフト（院内サーバー）",
        "ORCA on the clinic's own server",
        {"kind": "orca"},
        "この機器専用のユーザーを登録し、API の利用を許可してください（ormaster は使わないでください）。"
        "患者登録の「地域連携」の同意がない患者は取り込みません。",
    ),
    "orca-cloud": Preset(
        "WebORCA クラウド版",
        "ORCA in the cloud",
        {"kind": "orca", "url": "https://weborca.cloud.orcamo.jp:443/api"},
        "クライアント証明書（3年）と API の利用者を用意してください。患者登録の「地域連携」の同意がない患者は取り込みません。",
    ),
    "qr-reader": Preset(
        "二次元コードリーダー（お薬手帳・院外処方箋）",
        "A reader of two-dimensional codes",
        {"kind": "serial", "profile": "qr", "baud": 9600, "issuers": ["*"]},
        "リーダーを USB-COM、ヘッダー STX・ターミネーター ETX、漢字変換なしに設定してください。",
    ),
    "analyser-astm": Preset(
        "検査装置（ASTM E1381）",
        "An analyser that speaks ASTM E1381",
        {"kind": "serial", "profile": "astm", "baud": 9600},
        "装置のホスト通信を ASTM、9600 bps・8ビット・パリティなし・ストップ1にしてください。",
    ),
    "analyser-class-b": Preset(
        "検査装置（クラスB、STX…ETX）",
        "An analyser that speaks class B framing",
        {"kind": "serial", "profile": "stx-etx-b", "baud": 9600},
        "装置のホスト通信をクラスB、9600 bps・8ビット・パリティなし・ストップ1にしてください。",
    ),
}
"""By the name that stands in the site file."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What a person should know of a source although its settings are sound."""

    source: str
    level: str
    """`info`, or `warning`."""
    ja: str
    en: str


UNREAD_JA: Final = "この方式（line、stx-etx-a、stx-etx-b）の電文は暗号化して保管しますが、まだ内容を読み取れません。検査結果としては登録も送信もされません。"
UNREAD_EN: Final = "Messages of this profile (line, stx-etx-a, stx-etx-b) are kept, encrypted, but not understood yet: no result of them is stored or sent."
"""What status, doctor and config check say of a device whose messages no reader knows."""
NSIPS_JA: Final = (
    "NSIPS は日本薬剤師会の登録商標で、仕様の利用には NSIPS会への加入が必要です。利用できる範囲は「単一の薬局等の施設内における"
    "調剤機器同士の連動」とされています。この機器で読み取ったデータを地域のネットワークに届けるには、日本薬剤師会の承諾が要ります。"
    "承諾が得られないときは、調剤レセプトかお薬手帳（JAHIS）をお使いください。"
)
NSIPS_EN: Final = (
    "NSIPS is a registered trademark of the Japan Pharmaceutical Association; using the specification needs membership of NSIPS会, and "
    "its use is limited to linking equipment inside one pharmacy. Forwarding what is read to a network needs the association's consent; "
    "without it, use dispensing claims or the JAHIS medication notebook."
)
"""The legal position of NSIPS: shown by `renkei config check` and in the handbook."""


def remarks(source: AnySource) -> Iterator[Remark]:
    """What `renkei config check` says of a source."""
    preset = PRESETS.get(source.preset)
    if preset is not None and preset.advice_ja:
        yield Remark(source.name, "info", f"{preset.ja}：{preset.advice_ja}", preset.en)
    if source.nsips:
        yield Remark(source.name, "warning", NSIPS_JA, NSIPS_EN)
    if isinstance(source, FileSource) and source.open_end:
        yield Remark(
            source.name,
            "warning",
            "最後の行に改行がないファイルも、長く変わらなければ取り込みます。途中で切れたファイルと見分けられないことがあるので、"
            "改行を付けて出力できるレセコンでは open_end を消してください。",
            "Files whose last row has no end are taken too, after a long time without a change. One that was cut there may look the same: "
            "remove open_end where the receipt computer can write the line end.",
        )
    if isinstance(source, SerialSource) and source.profile in UNREAD_PROFILES:
        yield Remark(source.name, "warning", UNREAD_JA, UNREAD_EN)
    if isinstance(source, ShareSource) and source.smb2:
        yield Remark(
            source.name,
            "warning",
            "SMB 2 を許しています。院内の通信が暗号化されません。レセコンを更新したら smb2 を消してください。",
            "SMB 2 is allowed: the clinic's line is not encrypted. Remove smb2 once the receipt computer has been renewed.",
        )
    if isinstance(source, OrcaSource) and source.url.startswith("http://"):
        yield Remark(
            source.name,
            "warning",
            "ORCA との通信が暗号化されません。同じ LAN の中だけで使い、できれば https に切り替えてください。",
            "The line to ORCA is not encrypted: use it inside one LAN only, and change to https where the server can.",
        )
