"""Every finding about a CDA document, 特定健診 included: CDA-D the document, CDA-R an entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from appliance.formats.findings import Kind
from appliance.formats.hardened import KINDS as DATA_KINDS
from appliance.records.finding import Severity

_INFO, _WARNING, _ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR

KINDS: Final[Mapping[str, Kind]] = {
    **DATA_KINDS,
    "CDA-D001": Kind(
        _ERROR,
        "CDA 文書（ClinicalDocument）ではありません。取り込めません。",
        "This is no CDA document (ClinicalDocument); it cannot be taken.",
        "出力元の設定を確かめてください。",
    ),
    "CDA-D002": Kind(
        _WARNING,
        "患者番号がありません。患者を確かめられない場合は、保管だけします。",
        "There is no patient number; unless the insured number tells the patient, the document is only kept.",
        "文書を作成したシステムの患者番号の設定を確かめてください。",
    ),
    "CDA-D003": Kind(
        _WARNING,
        "生年月日または性別が読み取れません。",
        "Birth date or sex cannot be read.",
        "文書を作成したシステムの患者登録を確かめてください。",
    ),
    "CDA-D004": Kind(
        _WARNING,
        "作成日または実施日が読み取れません。",
        "The date of the document cannot be read.",
        "文書を作成したシステムを確かめてください。",
    ),
    "CDA-D005": Kind(
        _INFO,
        "文書の種類のコードが表にありません。書かれている名称のまま扱います。",
        "The document type is not in the table; it goes by the name it bears.",
    ),
    "CDA-D006": Kind(
        _INFO,
        "本文は PDF や画像などとして埋め込まれています。文書全体として保管します。",
        "The body is embedded (PDF, picture); the document is kept as a whole.",
    ),
    "CDA-D007": Kind(
        _WARNING,
        "前の文書を置き換える文書ですが、文書番号（setId）がありません。前の文書は自動では置き換わりません。",
        "The document replaces another but bears no set id (setId): the earlier one is not replaced by itself.",
        "前の文書が残っていないかを確かめてください。",
    ),
    "CDA-D008": Kind(
        _INFO,
        "医療機関の番号がありません。取込元の設定の医療機関のものとして扱います。",
        "There is no facility number; the facility of the source's settings is used.",
    ),
    "CDA-R001": Kind(
        _INFO,
        "「ない」と書かれた項目が {count} 件あります。記録は作りません。",
        "{count} entries say that something is not so; no records are made of them.",
    ),
    "CDA-R002": Kind(
        _WARNING,
        "検査値のない項目が {count} 件あります（未実施・測定不能など）。記録は作りません。",
        "{count} items have no value (not done, not measurable); no records are made of them.",
    ),
    "CDA-R003": Kind(
        _WARNING,
        "健診の項目が 1 件もありません。",
        "There is not a single item of the checkup.",
        "出力元からもう一度出力してください。",
    ),
    "CDA-R004": Kind(
        _INFO,
        "項目コードが表にありません。コードと名称をそのまま残します（{count} 件）。",
        "Item codes that are not in the table stay as they are ({count}).",
    ),
}
