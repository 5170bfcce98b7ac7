"""Every condition of the box that is shown to staff and operator, by a stable code: one list for screens and commands.

Troubles of sources are counted by their code (`intake` writes them down); this list puts them into words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from appliance.sources import UNREAD_EN, UNREAD_JA, SourceKind

_CALL_JA: Final = "続くときは運用者に連絡してください。"
_CALL_EN: Final = "If it goes on, call the operator."
LEVELS: Final = ("error", "warning", "info")
"""Gravest first."""


@dataclass(frozen=True, slots=True)
class BoxWarning:
    """What is wrong, and what to do. `level` is one of LEVELS."""

    level: str
    ja: str
    en: str
    hint_ja: str
    hint_en: str


ANY_SOURCE: Final[Mapping[str, BoxWarning]] = {
    "store-full": BoxWarning(
        "error",
        "機器の保存領域に空きがないため、取り込みを止めています。",
        "The box's storage is full: nothing is taken in.",
        "データは元の場所に残っています。運用者に連絡してください。",
        "The data stay where they are. Call the operator.",
    ),
    "store-unwritable": BoxWarning(
        "error",
        "機器の保存領域に書き込めないため、取り込みを止めています。",
        "The box's storage cannot be written: nothing is taken in.",
        "データは元の場所に残っています。運用者に連絡してください。",
        "The data stay where they are. Call the operator.",
    ),
    "hanging": BoxWarning(
        "warning",
        "取り込み元が応答しないまま止まっています。つなぎ直しています。",
        "The source hangs; it is being connected anew.",
        f"相手のパソコンや装置の電源と配線を確かめてください。{_CALL_JA}",
        f"Check that the other computer or device is on, and its cable. {_CALL_EN}",
    ),
    "ended": BoxWarning(
        "warning",
        "取り込み元の読み取りが途中で終わりました。やり直しています。",
        "Reading the source ended; it is being started anew.",
        _CALL_JA,
        _CALL_EN,
    ),
    "unknown": BoxWarning(
        "warning",
        "取り込み元に問題があります。",
        "Something is wrong with the source.",
        f"`renkei doctor` で確かめてください。{_CALL_JA}",
        f"See `renkei doctor`. {_CALL_EN}",
    ),
}
"""Troubles of any source, and of the box's own side of it."""

FILES: Final[Mapping[str, BoxWarning]] = {
    "not-a-file": BoxWarning(
        "warning",
        "リンクや装置など、ファイルでないものがあります。読みません。",
        "There are links or devices; they are never read.",
        "フォルダーから取り除いてください。",
        "Remove them from the folder.",
    ),
    "bad-name": BoxWarning(
        "warning",
        "使えない名前のファイルがあります。読みません。",
        "There are files whose names cannot be used; they are not read.",
        "名前を付け直してください。",
        "Rename them.",
    ),
    "too-large": BoxWarning(
        "warning",
        "大きすぎるファイルがあります。",
        "There are files that are too large.",
        "違うファイルでないか確かめ、分けて出力してください。",
        "See that they are the right files, and write them in parts.",
    ),
    "too-many": BoxWarning(
        "warning",
        "フォルダーのファイルが多すぎます。",
        "There are too many files in the folder.",
        "古いファイルを別の場所に移してください。",
        "Move old files elsewhere.",
    ),
    "unreadable": BoxWarning(
        "warning",
        "開けないファイルがあります。",
        "There are files that cannot be opened.",
        "レセコンの共有の権限を確かめてください。",
        "Check the permissions of the receipt computer's share.",
    ),
    "stuck": BoxWarning(
        "warning",
        "書き込みの終わらないファイルがあります。",
        "There are files whose writing does not end.",
        "レセコンの出力が終わっているか確かめ、やり直してください。",
        "See whether the receipt computer has finished, and write them again.",
    ),
    "no-end": BoxWarning(
        "warning",
        "最後の行がない（途中で切れた）ファイルがあります。読みません。",
        "There are files without their last row, cut short; they are not read.",
        "レセコンで出力をやり直してください。いつも最後の改行を付けないレセコンなら、設定の open_end で取り込めます。",
        "Write them again from the receipt computer. One that never writes the last line end is read with open_end in the settings.",
    ),
    "no-data": BoxWarning(
        "warning",
        "INDEX だけがあり、DATA のないものがあります。",
        "There are INDEX files without their DATA.",
        "同じ SIPS 番号を他の機器が使っていないか確かめてください。",
        "See that no other device uses the same SIPS number.",
    ),
    "no-index": BoxWarning(
        "warning",
        "DATA だけがあり、INDEX のないものがあります。",
        "There are DATA files without their INDEX.",
        "レセコンの出力が終わっているか確かめてください。",
        "See whether the receipt computer has finished.",
    ),
    "several-sips": BoxWarning(
        "error",
        "SIPS フォルダーが複数あります。どれも読みません。",
        "There are several SIPS folders; none is read.",
        "この機器の SIPS 番号を、設定の sips に書いてください。",
        "Write this box's SIPS number into the setting `sips`.",
    ),
    "not-allowed": BoxWarning(
        "error",
        "読んだファイルを消したり移したりする権限がありません。",
        "Files may be read, but not deleted or moved.",
        "共有に変更の権限を付けるか、設定を acknowledge = remember にしてください。",
        "Allow changes on the share, or set acknowledge = remember.",
    ),
    "quota": BoxWarning(
        "error",
        "共有フォルダーがいっぱいです。書き込みを止めています。",
        "The shared folder is full; nothing can be written into it.",
        "取り込みが進めば再開します。続くときは運用者に連絡してください。",
        "It opens again as files are taken. If it does not, call the operator.",
    ),
    "away-missing": BoxWarning(
        "error",
        "フォルダーが見つかりません。",
        "The folder is not there.",
        "共有名とフォルダー名を確かめてください。",
        "Check the names of the share and the folder.",
    ),
    "away-refused": BoxWarning(
        "error",
        "利用者名かパスワードが受け付けられません。",
        "The user name or the password is refused.",
        "パスワードが変わっていれば `renkei intake password` で入れ直してください。",
        "If the password has changed, set it again with `renkei intake password`.",
    ),
    "away-unsafe": BoxWarning(
        "error",
        "相手のコンピューターが、暗号化した通信（SMB 3）に対応していません。",
        "The other computer does not speak SMB 3 with encryption.",
        "古いレセコンで避けられないときだけ、設定に smb2 = true を書いてください。",
        "Only where an old receipt computer cannot be replaced: set smb2 = true.",
    ),
    "unencrypted": BoxWarning(
        "warning",
        "この共有との通信は暗号化されていません（smb2 = true）。",
        "Traffic with this share is not encrypted (smb2 = true).",
        "レセコンの更新を運用者と相談してください。",
        "Talk to the operator about a newer receipt computer.",
    ),
}
"""Troubles of folders and shares."""

OF_KIND: Final[Mapping[SourceKind, Mapping[str, BoxWarning]]] = {
    SourceKind.FOLDER: {
        **FILES,
        "away-refused": BoxWarning(
            "error",
            "フォルダーを開く権限がありません。",
            "The folder may not be opened.",
            "`renkei intake share` をもう一度実行するか、フォルダーの所有者を確かめてください。",
            "Run `renkei intake share` again, or check who owns the folder.",
        ),
        "away": BoxWarning(
            "error",
            "フォルダーが見つかりません。",
            "The folder is away.",
            "機器の設定のフォルダーがあるかを確かめてください。",
            "Check that the folder of the settings is there.",
        ),
    },
    SourceKind.SHARE: {
        **FILES,
        "away": BoxWarning(
            "warning",
            "レセコンの共有フォルダーにつながりません。",
            "The receipt computer's share does not answer.",
            "レセコンの電源が入っているか、スリープしていないか、LAN ケーブルを確かめてください。",
            "Check that the receipt computer is on and awake, and its cable.",
        ),
    },
    SourceKind.SERIAL: {
        "away": BoxWarning(
            "warning",
            "シリアルの装置が見つかりません。",
            "The serial device is not there.",
            "USB のケーブルが抜けていないか、装置の電源を確かめてください。",
            "Check the USB cable, and that the device is on.",
        ),
        "away-in-use": BoxWarning(
            "warning",
            "シリアルの装置を、他のプログラムが使っています。",
            "Another program uses the serial device.",
            "他のプログラムを終わらせるか、別のポートにつないでください。",
            "End the other program, or use another port.",
        ),
        "away-not-allowed": BoxWarning(
            "error",
            "シリアルの装置を使う権限がありません。",
            "The serial device may not be used.",
            "運用者に連絡してください。",
            "Call the operator.",
        ),
        "check": BoxWarning(
            "warning",
            "装置からの電文に誤りがあり、受け取りを断りました。",
            "Messages of the device were damaged, and were refused.",
            f"通信速度とパリティ、ケーブルを確かめてください。装置に送信失敗の表示があれば、もう一度送信してください。{_CALL_JA}",
            f"Check baud rate, parity and cable; send again what the device shows as not sent. {_CALL_EN}",
        ),
        "cut": BoxWarning(
            "warning",
            "装置からの電文が途中で止まりました。",
            "Messages of the device stopped before their end.",
            f"ケーブルと電源を確かめ、もう一度送信するか読み取ってください。{_CALL_JA}",
            f"Check cable and power, and send or scan again. {_CALL_EN}",
        ),
        "not-repeated": BoxWarning(
            "warning",
            "装置が送信を途中でやめ、送り直していません。届いた分だけを保管しています。",
            "The device gave a message up half-way and did not send it again; what came is kept.",
            "装置の画面で送信の結果を確かめ、もう一度送信してください。",
            "See on the device what was not sent, and send it again.",
        ),
        "noise": BoxWarning(
            "info",
            "装置から、電文ではないものが届きました。",
            "The device sent something that is no message.",
            "続くときは、通信の方式と通信速度の設定を確かめてください（`renkei intake capture`）。",
            "If it goes on, check profile and baud rate (`renkei intake capture`).",
        ),
        "line-errors": BoxWarning(
            "warning",
            "シリアルの回線に誤りがあります（パリティ、枠、取りこぼし）。",
            "The serial line has errors (parity, framing, overrun).",
            f"通信速度とパリティの設定、ケーブルを確かめてください。{_CALL_JA}",
            f"Check baud rate, parity and cable. {_CALL_EN}",
        ),
        "too-long": BoxWarning(
            "warning",
            "装置からの電文が長すぎるため、受け取れませんでした。",
            "A message of the device was too long and was not taken.",
            _CALL_JA,
            _CALL_EN,
        ),
        "incomplete": BoxWarning(
            "warning",
            "分割された二次元コードが、すべては読み取られていません。",
            "Not all codes of a split form were scanned.",
            "すべての二次元コードを、もう一度 1 つ目から順に読み取ってください。",
            "Scan all its codes again, from the first on.",
        ),
        "unread": BoxWarning(
            "warning",
            UNREAD_JA,
            UNREAD_EN,
            "装置が ASTM か HL7 で送れるなら、その方式に変えてください。変えられないときは、機種名を運用者に伝えてください。",
            "Where the device can send ASTM or HL7, choose that; else tell the operator which device it is.",
        ),
        "untaken": BoxWarning(
            "error",
            "装置から届いた電文を、まだ保管できていません。",
            "Messages of the device wait and are not stored yet.",
            "機器の電源を切らずに、運用者に連絡してください。",
            "Leave the box on, and call the operator.",
        ),
    },
    SourceKind.ORCA: {
        "away": BoxWarning(
            "warning",
            "日レセのサーバーにつながりません。",
            "The ORCA server cannot be reached.",
            "サーバーの電源、LAN ケーブル、site.toml の url（アドレスとポート）を確かめてください。",
            "Check the server's power, the cable, and the url in site.toml.",
        ),
        "away-cut": BoxWarning(
            "warning",
            "日レセとの通信が途中で切れました。自動でやり直します。",
            "The connection to ORCA broke in the middle; it is tried again.",
            "続くときは、LAN ケーブルとハブを確かめてください。",
            "If it goes on, check the cable and the switch.",
        ),
        "away-tls": BoxWarning(
            "error",
            "日レセのサーバー証明書を確認できません。",
            "The ORCA server's certificate cannot be verified.",
            "site.toml の ca と url のサーバー名が、証明書と合っているかを確かめてください。",
            "Check ca in site.toml, and that the name in url is the certificate's.",
        ),
        "away-certificate": BoxWarning(
            "error",
            "日レセに示すクライアント証明書、または ca を読めません。",
            "The client certificate for ORCA, or its CA, cannot be read.",
            "site.toml の certificate、key、ca のファイルと有効期限を確かめてください。",
            "Check certificate, key and ca in site.toml, and how long they are valid.",
        ),
        "away-sign-in": BoxWarning(
            "error",
            "日レセがこの機器のユーザーを受け付けません（401）。",
            "ORCA does not let this box's user in (401).",
            "site.toml の user と `renkei intake password` のパスワード、日レセ側の API 利用権限を確かめてください。",
            "Check user, the password (`renkei intake password`), and that the user may use the API.",
        ),
        "away-not-allowed": BoxWarning(
            "error",
            "日レセで、必要な API の利用が許可されていません（405）。",
            "ORCA does not allow an API that is needed (405).",
            "日レセの receipt_route.ini（ALLOW_METHODS）で api01rv2 の POST を許可するよう、保守業者に依頼してください。",
            "Have POST allowed for api01rv2 in receipt_route.ini (ALLOW_METHODS).",
        ),
        "away-wrong-address": BoxWarning(
            "error",
            "url の先に日レセの API がありません（404）。",
            "There is no ORCA API at this url (404).",
            "WebORCA では url の末尾に /api が必要です。",
            "WebORCA wants /api at the end of url.",
        ),
        "slow": BoxWarning(
            "warning",
            "日レセの応答に時間がかかりすぎています。あとで取り直します。",
            "ORCA answers too slowly; it will be asked again.",
            "続くときは、サーバーの負荷を確かめてください。",
            "If it goes on, look at the server's load.",
        ),
        "server-error": BoxWarning(
            "warning",
            "日レセの内部でエラーが起きています（500番台）。",
            "ORCA reports an error of its own (5xx).",
            "日レセの状態を保守業者に確かめてください。",
            "Have ORCA looked at.",
        ),
        "not-understood": BoxWarning(
            "warning",
            "日レセの応答を読み取れません。あとで取り直します。",
            "An answer of ORCA cannot be read; it will be asked again.",
            "日レセの更新後に続くときは、連携ゲートウェイの更新を確かめてください。",
            "If it goes on after an update of ORCA, check for one of the gateway.",
        ),
        "busy": BoxWarning(
            "info",
            "日レセの他の端末が使用中の患者があります。あとで取り直します。",
            "Another terminal of ORCA holds a patient; it will be asked again.",
            "端末で開いたままの画面を閉じてください。",
            "Close screens that were left open.",
        ),
        "refused": BoxWarning(
            "warning",
            "日レセが問い合わせをエラーとしました。",
            "ORCA answered a question with an error.",
            "日レセの画面で、その日の受診と利用者の権限を確かめてください。",
            "Check the day's visits and the user's rights in ORCA.",
        ),
        "incomplete": BoxWarning(
            "warning",
            "日レセの応答が途中までのため、一部を確かめられません。",
            "ORCA answered with a part only; some of it could not be checked.",
            "一日の受診や患者の更新が1000件を超えていないかを確かめてください。",
            "Check whether one day has more than a thousand visits or changed patients.",
        ),
        "gap": BoxWarning(
            "error",
            "停止していた期間が長く、取り込めなかった日があります。",
            "The box was off for so long that some days were not taken.",
            "その期間のレセプト電算ファイルを取り込んでください。",
            "Take in the claim files of that time.",
        ),
        "push-away": BoxWarning(
            "info",
            "日レセの PUSH 通知につながりません。定期的な問い合わせで取り込みを続けます。",
            "ORCA's PUSH service is away; data are still fetched at regular times.",
            "push のアドレスと、日レセの PUSH サービスを確かめてください。",
            "Check push in site.toml, and ORCA's PUSH service.",
        ),
    },
}

STORAGE: Final[Mapping[str, BoxWarning]] = {
    "host-key": BoxWarning(
        "error",
        "SS-MIX2ストレージのサーバーの鍵が登録されたものと違うため、送っていません。",
        "The SS-MIX2 storage's server does not show the key that is pinned: nothing is sent to it.",
        "電話などで運営主体に鍵を確かめ、変わったと確認できたときだけ設定の [sftp] host_key を直してください。",
        "Ask the operator by telephone; change [sftp] host_key only if they confirm that the key has changed.",
    ),
    "unauthorised": BoxWarning(
        "error",
        "SS-MIX2ストレージのサーバーが、この装置の鍵を受け付けません。",
        "The SS-MIX2 storage's server does not accept the key of this box.",
        "装置の公開鍵がサーバーに登録されているか、運営主体に確かめてください。",
        "Ask the operator whether the public key of the box is registered at the server.",
    ),
    "tls": BoxWarning(
        "error",
        "SS-MIX2ストレージのサーバーと、使ってよい暗号の方式が合いません。",
        "The SS-MIX2 storage's server offers no method that may be used.",
        "サーバーの設定（鍵の種類、暗号）を運営主体に確かめてください。",
        "Ask the operator about the server's settings (kinds of keys, ciphers).",
    ),
    "no-room": BoxWarning(
        "error",
        "SS-MIX2ストレージのサーバーに空きがないか、書き込めません。",
        "The SS-MIX2 storage's server is full, or cannot write.",
        "運営主体に連絡してください。書き込めるようになれば自動で送ります。",
        "Tell the operator. Sending goes on by itself once it can write.",
    ),
    "unreachable": BoxWarning(
        "error",
        "SS-MIX2ストレージのサーバーにつながりません。",
        "The SS-MIX2 storage's server cannot be reached.",
        f"つながり次第、自動で続きから送ります。インターネット回線を確かめてください。{_CALL_JA}",
        f"Sending goes on by itself once it answers. Check the Internet line. {_CALL_EN}",
    ),
}
"""What is wrong with the network's storage as a whole, by the reason that its deliveries wait for."""


# keys
OF_ROOT: Final[Mapping[str, BoxWarning]] = {
    "host+tpm2": BoxWarning(
        "info",
        "鍵はTPMとこの機器の両方で守られています。",
        "The key is protected by the TPM and the box together.",
        "",
        "",
    ),
    "tpm2": BoxWarning("info", "鍵はTPMで守られています。", "The key is protected by the TPM.", "", ""),
    "host": BoxWarning(
        "info",
        "鍵はこの機器の記憶装置にあり、TPMでは守られていません。",
        "The key lies on this box's disk and is not protected by a TPM.",
        "機器や記憶装置を盗まれると読まれるおそれがあります。施錠して設置してください。",
        "A stolen box or disk may be read: keep it locked up.",
    ),
    "file": BoxWarning(
        "warning",
        "鍵は封のないファイルです。開発と練習だけに使ってください。",
        "The key is a bare file: for development and practice only.",
        "実際に使う機器では、site.toml の store.key_file を外して `renkei store init` を実行してください。",
        "On a box in use, leave out store.key_file in site.toml and run `renkei store init`.",
    ),
    "unknown": BoxWarning(
        "error",
        "保存庫の鍵が見つからないか、見知らぬ形です。",
        "The store's key is missing, or of an unknown form.",
        "鍵を作り直さず、運用者に連絡してください。",
        "Do not make a new key; call the operator.",
    ),
}
"""What protects the store key, by the name of its root of trust."""
OF_KEYS: Final[Mapping[str, BoxWarning]] = {
    "unfinished": BoxWarning(
        "warning",
        "鍵の交換が途中で終わっています。",
        "A change of the key has been cut.",
        "機器を再起動するか、`renkei store init` を実行してください。データは失われません。",
        "Restart the box, or run `renkei store init`; nothing is lost.",
    ),
    "no-escrow": BoxWarning(
        "error",
        "運用者に預ける鍵の控えがありません。基板が故障するとデータを読めなくなります。",
        "There is no escrow of the key: if the board dies, its data are lost.",
        "site.toml の store.recovery_certificate を確かめ、`renkei store rekey` を実行してください。",
        "Check store.recovery_certificate in site.toml, then run `renkei store rekey`.",
    ),
    "old-escrow": BoxWarning(
        "error",
        "鍵の控えが、いまの鍵のものではありません。",
        "The escrow is not of the present key.",
        "`renkei store rekey` を実行し、新しい控えを運用者に渡してください。",
        "Run `renkei store rekey` and hand the new escrow to the operator.",
    ),
    "other-recipient": BoxWarning(
        "warning",
        "鍵の控えが、いまの復旧用証明書あてではありません。",
        "The escrow is wrapped to another certificate than the configured one.",
        "`renkei store rekey` を実行し、新しい控えを運用者に渡してください。",
        "Run `renkei store rekey` and hand the new escrow to the operator.",
    ),
    "escrowed": BoxWarning("info", "鍵の控えがあります。", "The key is escrowed.", "", ""),
}
OF_ERASED_PARTS: Final[Mapping[str, str]] = {
    "tpm": "TPMの初期化 / TPM, cleared",
    "host-secret": "この機器の鍵 / systemd host key",
    "key": "保存庫の鍵 / store key",
    "escrow": "鍵の控え / escrow",
}


def of_root(root: str) -> BoxWarning:
    """What protects the store key, in words."""
    return OF_ROOT.get(root, OF_ROOT["unknown"])


def of_source(kind: SourceKind, troubles: Iterable[str]) -> list[BoxWarning]:
    """What a source's troubles are in words, gravest first."""
    found = [warning_of(kind, trouble) for trouble in troubles]
    return sorted(found, key=lambda one: LEVELS.index(one.level))


def warning_of(kind: SourceKind, trouble: str) -> BoxWarning:
    """One trouble in words; what is in no list is told to be unknown."""
    return OF_KIND[kind].get(trouble) or ANY_SOURCE.get(trouble) or ANY_SOURCE["unknown"]


# --- store, backups -----------------------------------------------------------------------------------
STORE: Final[Mapping[str, BoxWarning]] = {
    "recovered": BoxWarning(
        "error",
        "保存庫が壊れていたため、読めるものを新しい保存庫に移しました。",
        "The store was damaged; what could be read was carried into a new one.",
        "受付の業務は続けられます。運用者に連絡し、`renkei doctor` の内容を伝えてください。",
        "Work can go on. Call the operator, and tell what `renkei doctor` says.",
    ),
    "distrusted": BoxWarning(
        "warning",
        "保存庫を戻したため、ネットワークの同意を確かめ直しています。終わるまで送信と閲覧を止めています。",
        "The store was put back; the network's consents are being asked for anew. Nothing is sent or shown until then.",
        f"回線がつながっていれば数分で終わります。{_CALL_JA}",
        f"With the line up this takes some minutes. {_CALL_EN}",
    ),
    "backup-none": BoxWarning(
        "warning",
        "バックアップが設定されていません。",
        "No backup is configured.",
        "site.toml の [[backups]] に書いてください（手引「バックアップ」）。",
        "Name one under [[backups]] in site.toml (handbook, backup).",
    ),
    "backup-late": BoxWarning(
        "warning",
        "バックアップが予定どおりに取れていません。",
        "Backups are overdue.",
        f"媒体が差し込まれているかを確かめてください。{_CALL_JA}",
        f"Check that the medium is plugged in. {_CALL_EN}",
    ),
}
"""Of the store and its backups."""
