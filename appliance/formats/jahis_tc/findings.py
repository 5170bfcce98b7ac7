"""Every finding about お薬手帳 data; the one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from appliance.formats.findings import Kind
from appliance.formats.tagged_findings import TEXT_KINDS
from appliance.records.finding import Severity

_INFO, _WARNING, _ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR

KINDS: Final[Mapping[str, Kind]] = {
    **TEXT_KINDS,
    # --- the file
    "JAHISTC-F001": Kind(
        _ERROR,
        "患者情報（レコード 1）がありません。だれの手帳かわからないため、取り込めません。",
        "The patient (record 1) is missing: nobody can say whose notebook this is, and it cannot be taken.",
        "二次元コードが複数あるときは、1 つ目からすべて読み取ってください。",
    ),
    "JAHISTC-F002": Kind(
        _ERROR,
        "患者の性別と生年月日がどちらも読み取れません。患者を確かめられないため、取り込めません。",
        "Neither sex nor birth date can be read: the patient cannot be told, and the notebook cannot be taken.",
        "二次元コードを読み取り直すか、発行した薬局に確かめてください。",
    ),
    "JAHISTC-F003": Kind(
        _WARNING,
        "分割されたデータの {total} 個中 {part} 個目です。残りと合わせるまで全体はわかりません。",
        "This is part {part} of {total}; the whole is known only with the other parts.",
        "残りの二次元コードも読み取ってください。",
    ),
    "JAHISTC-F004": Kind(
        _ERROR,
        "前の分割データの続きです。先頭からのデータと合わせるまで、この部分は取り込めません。",
        "These rows go on from an earlier part; they cannot be taken without it.",
        "1 つ目の二次元コードから、すべて読み取ってください。",
    ),
    "JAHISTC-F005": Kind(
        _INFO,
        "出力区分が 1（医療機関・薬局から患者へ）でも 2（患者から）でもありません。",
        "出力区分 is neither 1 nor 2.",
    ),
    "JAHISTC-F006": Kind(
        _WARNING,
        "この版（JAHISTC{version}）は知られていません。01 から 08 の表で読みました。",
        "Version JAHISTC{version} is not known; it was read by the tables of 01 to 08.",
        "機器の更新が必要か、運営主体に確かめてください。",
    ),
    "JAHISTC-F007": Kind(
        _INFO,
        "レコード {row_id} に、宣言された版にはない項目があります。そのまま読み取りました。",
        "Records {row_id} hold items that the declared version does not have; they were read.",
    ),
    "JAHISTC-F008": Kind(
        _ERROR,
        "調剤の記録も、患者の記入も 1 件もありません。",
        "There is neither a dispensing nor anything the patient entered.",
        "二次元コードが複数あるときは、すべて読み取ってください。",
    ),
    # --- a row
    "JAHISTC-R001": Kind(
        _WARNING,
        "必須の項目が空です。",
        "A required item is empty.",
        "発行した薬局・医療機関に確かめてください。",
    ),
    "JAHISTC-R002": Kind(
        _WARNING,
        "対応する薬品または用法の行がないため、この行を結び付けられません。",
        "The drug or usage that this row belongs to is missing.",
    ),
    "JAHISTC-R003": Kind(
        _INFO,
        "薬品の行（201）の項目の並びが仕様と異なります。並べ替えて読み取りました。",
        "A drug row (201) has its items in another order than specified; it was read in that order.",
    ),
    "JAHISTC-R004": Kind(
        _WARNING,
        "表にない区分です。",
        "This value is not in the code table.",
    ),
    # --- one dispensing
    "JAHISTC-D001": Kind(
        _ERROR,
        "調剤等年月日が読み取れません。この調剤は取り込めません。",
        "The date of dispensing cannot be read: this dispensing cannot be taken.",
        "発行した薬局・医療機関に確かめてください。",
    ),
    "JAHISTC-D002": Kind(
        _ERROR,
        "薬品コード種別では薬品コードがあるはずですが、薬品コードが空です。薬を確かめられないため、この調剤は取り込めません。",
        "The kind of drug code says that there is a code, but it is empty: this dispensing cannot be taken.",
        "発行した薬局・医療機関に、薬品コードを入れて出力し直すよう依頼してください。",
    ),
    "JAHISTC-D003": Kind(
        _ERROR,
        "薬品名称がありません。この調剤は取り込めません。",
        "A drug has no name: this dispensing cannot be taken.",
        "発行した薬局・医療機関に確かめてください。",
    ),
    "JAHISTC-D004": Kind(
        _ERROR,
        "この調剤は次の分割データに続いています。残りと合わせるまで取り込めません。",
        "This dispensing goes on in the next part: it cannot be taken before the parts are joined.",
        "残りの二次元コードも読み取ってください。",
    ),
    "JAHISTC-D005": Kind(
        _WARNING,
        "調剤した医療機関等がわかりません（レコード 11 がないか、番号が正しくありません）。",
        "The dispensing institution cannot be told: record 11 is missing, or its number is not of the right form.",
        "発行した薬局・医療機関に確かめてください。",
    ),
    "JAHISTC-D006": Kind(
        _WARNING,
        "用法（レコード 301）のない薬があります。",
        "There are drugs without a usage (record 301).",
        "薬袋または発行した薬局で用法を確かめてください。",
    ),
    "JAHISTC-D007": Kind(
        _WARNING,
        "薬品（レコード 201）のない用法があります。",
        "There is a usage without any drug (record 201).",
        "発行した薬局・医療機関に確かめてください。",
    ),
    "JAHISTC-D008": Kind(
        _INFO,
        "処方した医療機関（レコード 51）の有無が、調剤した医療機関等の点数表と合いません。",
        "Whether there is a prescribing institution (record 51) does not fit the dispensing one's fee table.",
    ),
    "JAHISTC-D009": Kind(
        _WARNING,
        "同じ RP 番号の用法が 2 つあります。先のものを使います。",
        "There are two usages with one RP number; the first is used.",
    ),
    "JAHISTC-D010": Kind(
        _ERROR,
        "データが途中で切れています（最後の薬の用法がないか、最後の行が途中で終わっています）。この調剤は取り込めません。",
        "The data were cut off (the last drug has no usage, or the last row ends half-way): it cannot be taken.",
        "二次元コードを読み取り直してください。",
    ),
}
