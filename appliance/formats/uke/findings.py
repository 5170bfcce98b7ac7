"""Every finding about a UKE file: UKE-F the file, UKE-R a row, UKE-C a claim. The one table; screens and handbook read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from appliance.formats.findings import Kind
from appliance.records.finding import Severity

_INFO, _WARNING, _ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR

KINDS: Final[Mapping[str, Kind]] = {
    # --- the file
    "UKE-F001": Kind(
        _ERROR,
        "レセプト（RE）が 1 件もありません。",
        "There is no claim (RE row) in this file.",
        "レセコンで請求データが作成されているかを確かめ、もう一度出力してください。",
    ),
    "UKE-F002": Kind(
        _WARNING,
        "請求書（GO）がありません。ファイルが途中で切れている可能性があります。",
        "There is no trailer (GO row): the file may have been cut off.",
        "レセコンからもう一度出力してください。件数が合っていれば、このままでも取り込みます。",
    ),
    "UKE-F003": Kind(
        _INFO,
        "審査支払機関側の形式です（管理用の行 {rows} 行は診療の記録ではありません）。",
        "This is the payer side's form ({rows} rows of administration are not records of care).",
    ),
    "UKE-F004": Kind(
        _WARNING,
        "請求書（GO）の総件数 {declared} が、ファイル中の件数 {counted} と一致しません。",
        "The trailer (GO) declares {declared} claims by payer, the file holds {counted}.",
        "レセコンからもう一度出力してください。",
    ),
    "UKE-F005": Kind(
        _WARNING,
        "請求書（GO）の総合計点数 {declared} が、ファイル中の合計 {counted} と一致しません。",
        "The trailer (GO) declares {declared} points, the claims add up to {counted}.",
        "レセコンからもう一度出力してください。",
    ),
    "UKE-F006": Kind(
        _INFO,
        "分割されたファイル（ボリューム {volume}）です。総件数と総合計点数はこのファイルだけでは照合できません。",
        "This is volume {volume} of a set; its totals cannot be checked with this file alone.",
        "ほかのボリュームも取り込まれているかを確かめてください。",
    ),
    "UKE-F007": Kind(
        _WARNING,
        "ファイル終端の印（0x1A）の後に {count} バイトのデータがあります。読み取っていません。",
        "{count} bytes follow the end mark (0x1A); they were not read.",
        "ファイルを結合した場合は、結合せずに 1 つずつ出力してください。",
    ),
    "UKE-F008": Kind(
        _INFO,
        "{row_id} 行は仕様書にない種類の行です（{count} 行）。保管しますが、内容は読み取りません。",
        "{row_id} rows ({count}) are of a kind that the specification does not know: kept, not interpreted.",
    ),
    "UKE-F009": Kind(
        _INFO,
        "{row_id} 行の末尾の項目が省略されています（{count} 行）。空欄として読み取りました。",
        "{row_id} rows ({count}) leave out their last items; these were read as empty.",
    ),
    "UKE-F010": Kind(
        _WARNING,
        "{row_id} 行の項目が仕様書より多くあります（{count} 行）。余分な項目は保管し、読み取りません。",
        "{row_id} rows ({count}) have more items than the specification; the surplus is kept, not interpreted.",
        "レセコンが新しい版の仕様で出力している場合は、連携ゲートウェイの更新を確かめてください。",
    ),
    "UKE-F011": Kind(
        _INFO,
        "過去の請求の履歴が {count} 行含まれています。今回の診療の記録としては扱いません。",
        "{count} rows are history of earlier claims; they are not taken as records of this claim.",
    ),
    "UKE-F012": Kind(
        _WARNING,
        "同じレセプトが 1 つのファイルに 2 回あります。",
        "The same claim stands twice in this file.",
        "後のものを新しい版として扱います。レセコンで二重に作成されていないかを確かめてください。",
    ),
    "UKE-F013": Kind(
        _INFO,
        "返戻または再審査等返戻のファイルです。診療の記録は最初の請求で届いているため、取り込みません。",
        "This file holds returned claims; their records came with the first submission, so none are taken.",
        "再請求したときのファイルは、通常どおり取り込まれます。",
    ),
    "UKE-F014": Kind(
        _INFO,
        "労災レセプトです。この版では取り込みません。",
        "This file holds workers' compensation claims, which this version does not take.",
    ),
    "UKE-F016": Kind(
        _INFO,
        "文字コードが UTF-8 です。仕様書の文字コード（シフト JIS）ではありませんが、そのまま読み取りました。",
        "The file is UTF-8, not the Shift JIS of the specification; it was read as it is.",
    ),
    "UKE-F017": Kind(
        _INFO,
        "{row_id} 行（{count} 行）は数えるだけで、記録としては使いません。",
        "{row_id} rows ({count}) are counted, not used as records.",
    ),
    "UKE-F018": Kind(
        _WARNING,
        "レコード識別情報のない行が {count} 行あります。保管しますが、内容は読み取りません。",
        "{count} rows bear no row identifier: kept, not interpreted.",
        "ファイルが編集されたり途中で改行が入ったりしていないかを確かめ、もう一度出力してください。",
    ),
    "UKE-F019": Kind(
        _WARNING,
        "レセプト（{period}、種別 {receipt_type}）が返戻されました。{return_type}、事由コード {reason}。",
        "A claim ({period}, type {receipt_type}) was returned: {return_type}, reason {reason}.",
        "返戻理由を確かめ、レセコンで訂正して再請求してください。",
    ),
    "UKE-F020": Kind(
        _INFO,
        "再審査等の申し出が {count} 件、その結果が {results} 件含まれています。",
        "{count} requests for re-review and {results} results stand in this file.",
    ),
    # --- several volumes
    "UKE-F021": Kind(
        _ERROR,
        "ボリューム {volume} がありません。",
        "Volume {volume} is missing.",
        "レセコンが出力したすべてのファイルをそろえてください。",
    ),
    "UKE-F022": Kind(
        _ERROR,
        "{place} 番目のファイルは、ほかのファイルと医療機関、審査支払機関、請求年月またはレセプトの種類が異なります。",
        "File {place} is of another facility, payer, claim month or claim type than the others.",
        "同じ請求のファイルだけを選んでください。",
    ),
    "UKE-F023": Kind(
        _ERROR,
        "ボリューム {volume} が 2 つ以上あります。",
        "Volume {volume} stands there more than once.",
        "新しいほうのファイルだけを選んでください。",
    ),
    "UKE-F024": Kind(
        _ERROR,
        "{place} 番目のファイルのボリュームの番号が読み取れません。",
        "The volume number of file {place} cannot be read.",
        "レセコンからもう一度出力してください。",
    ),
    "UKE-F025": Kind(
        _WARNING,
        "ボリューム {volume} の先頭と終わり（GO）の番号が合いません。",
        "Head and trailer (GO) of volume {volume} disagree about its number.",
        "レセコンからもう一度出力してください。",
    ),
    "UKE-F026": Kind(
        _ERROR,
        "読み取れないレセプトと医療機関の行が {limit} 件を超えたため、この行から後は読み取りませんでした。",
        "More than {limit} claims and facility rows could not be read; the file was not read beyond this row.",
        "ファイルが壊れている可能性があります。レセコンからもう一度出力してください。",
    ),
    # --- a row
    "UKE-R001": Kind(
        _ERROR,
        "医療機関・薬局の情報（IR、UK、YK）に読み取れない項目があります。",
        "The facility row (IR, UK or YK) has items that cannot be read.",
        "レセコンの医療機関情報の設定を確かめ、もう一度出力してください。",
    ),
    "UKE-R002": Kind(
        _WARNING,
        "文字として読み取れないバイトがあります。「\ufffd」に置き換えて表示します。",
        "Some bytes are no characters of the file's encoding; they are shown as \ufffd.",
        "元のファイルはそのまま保管されます。外字が使われていないかを確かめてください。",
    ),
    "UKE-R003": Kind(
        _WARNING,
        "制御文字が含まれています。空白に置き換えました。",
        "The row holds control characters; they were replaced by spaces.",
    ),
    "UKE-R004": Kind(
        _WARNING,
        "日付が読み取れません。",
        "This date cannot be read.",
        "レセコンの該当項目を確かめてください。",
    ),
    "UKE-R005": Kind(
        _INFO,
        "元号の期間の外の年が書かれています。続けて数えた年として読み取りました。",
        "The era does not cover this date; it was read by counting on.",
    ),
    "UKE-R006": Kind(
        _WARNING,
        "数字の項目に数字以外の文字があります。",
        "An item of digits holds something else.",
        "レセコンの該当項目を確かめてください。",
    ),
    "UKE-R007": Kind(
        _WARNING,
        "その月にない日に回数が書かれています。日付なしとして扱います。",
        "A count stands on a day that the month does not have; it is taken without a date.",
        "レセコンの算定日を確かめてください。",
    ),
    "UKE-R008": Kind(
        _WARNING,
        "回数 {declared} が、日ごとの回数の合計 {counted} と一致しません。日ごとの回数を使います。",
        "The count {declared} is not the sum of the days, {counted}; the days are used.",
        "レセコンの算定日を確かめてください。",
    ),
    "UKE-R009": Kind(
        _WARNING,
        "修飾語コードの長さが 4 桁の倍数ではありません。余りは読み取りません。",
        "The modifier codes are not multiples of four digits; the rest is not read.",
    ),
    "UKE-R010": Kind(
        _WARNING,
        "コードが書かれていません。",
        "The code is missing.",
        "レセコンの該当項目を確かめてください。",
    ),
    "UKE-R011": Kind(
        _WARNING,
        "診療識別のない行から始まっています。前の行に続く行として扱えません。",
        "The row continues a unit that has not begun.",
    ),
    "UKE-R012": Kind(
        _WARNING,
        "負担区分が表にありません。点数の照合には含めません。",
        "The burden type is not in the table; the unit is left out when points are checked.",
    ),
    "UKE-R013": Kind(
        _INFO,
        "転帰区分が表にありません。",
        "The outcome is not in the table.",
    ),
    "UKE-R014": Kind(
        _ERROR,
        "どのレセプトにも属さない行が {count} 行あります。先頭のレセプト行（RE）がないため、取り込めません。",
        "{count} rows belong to no claim: its first row (RE) is missing. They cannot be taken.",
        "レセコンからもう一度出力してください。",
    ),
    "UKE-R015": Kind(
        _INFO,
        "傷病名区分が表にありません。",
        "The role of the diagnosis is not in the table.",
    ),
    "UKE-R016": Kind(
        _WARNING,
        "歯式コードの長さが 6 桁の倍数ではないか、64 歯を超えています。余りは意味を読み取りません。",
        "The tooth codes are not multiples of six characters, or more than 64; the rest is not interpreted.",
    ),
    "UKE-R017": Kind(
        _WARNING,
        "処方基本（SH）のない薬剤または調剤の行です。用法と剤形がわかりません。",
        "The row belongs to no prescription group (SH): usage and form are unknown.",
        "レセコンからもう一度出力してください。",
    ),
    "UKE-R018": Kind(
        _WARNING,
        "調剤情報（CZ）のない処方です。調剤日がわかりません。",
        "The prescription group has no dispensing row (CZ): its day is unknown.",
        "レセコンからもう一度出力してください。",
    ),
    "UKE-R019": Kind(
        _WARNING,
        "1 つの処方に調剤情報（CZ）が {count} 行あります。先頭の分だけを読み取りました。",
        "One prescription group has {count} dispensing rows (CZ); only the first ones were read.",
        "レセコンからもう一度出力してください。",
    ),
    "UKE-R020": Kind(
        _ERROR,
        "行が長すぎます。先頭の {limit} 文字だけを読み取りました。",
        "A row is longer than is read; only its first {limit} characters were taken.",
        "ファイルが壊れている可能性があります。レセコンからもう一度出力してください。",
    ),
    # --- a claim
    "UKE-C001": Kind(
        _ERROR,
        "診療年月が読み取れません。このレセプトは取り込めません。",
        "The month of care cannot be read: this claim cannot be taken.",
        "行の項目が仕様書とずれている可能性があります。レセコンの電子レセプト出力の設定を確かめてください。",
    ),
    "UKE-C002": Kind(
        _ERROR,
        "レセプト種別がこのファイルの種類（医科・歯科・調剤）のものではありません。このレセプトは取り込めません。",
        "The receipt type is not one of this kind of file: this claim cannot be taken.",
        "行の項目が仕様書とずれている可能性があります。レセコンの電子レセプト出力の設定を確かめてください。",
    ),
    "UKE-C003": Kind(
        _ERROR,
        "男女区分と生年月日がどちらも読み取れません。患者を確かめられないため、このレセプトは取り込めません。",
        "Neither sex nor birth date can be read: the patient cannot be told, this claim cannot be taken.",
        "レセコンの患者登録を確かめてください。",
    ),
    "UKE-C004": Kind(
        _ERROR,
        "医療機関を特定できません。このレセプトは取り込めません。",
        "The facility cannot be told: this claim cannot be taken.",
        "医療機関・薬局の情報（IR、UK、YK）の都道府県、点数表、コードを確かめてください。",
    ),
    "UKE-C005": Kind(
        _WARNING,
        "生年月日がありません。",
        "The birth date is missing.",
        "レセコンの患者登録を確かめてください。",
    ),
    "UKE-C006": Kind(
        _WARNING,
        "男女区分がありません。",
        "The sex is missing.",
        "レセコンの患者登録を確かめてください。",
    ),
    "UKE-C007": Kind(
        _INFO,
        "カルテ番号がありません。保険の記号・番号と生年月日で患者を照合します。",
        "There is no chart number; the patient is matched by insured number, birth date and sex.",
        "レセコンでカルテ番号を出力する設定にすると、照合が確実になります。",
    ),
    "UKE-C008": Kind(
        _WARNING,
        "合計点数 {declared} が、点数×回数の合計 {counted} と一致しません。",
        "The declared points {declared} are not the sum of points × count, {counted}.",
        "レセコンで点検してください。診療の記録はこのまま取り込みます。",
    ),
    "UKE-C009": Kind(
        _WARNING,
        "保険者（HO）も公費（KO）もありません。",
        "There is neither insurer (HO) nor public payer (KO).",
        "レセコンの保険の登録を確かめてください。",
    ),
    "UKE-C010": Kind(
        _WARNING,
        "保険者番号または負担者番号の検証番号が合いません。",
        "The check digit of a payer's number is wrong.",
        "被保険者証または資格情報と照合してください。",
    ),
    "UKE-C011": Kind(
        _WARNING,
        "保険者番号または負担者番号の形が正しくありません。",
        "A payer's number is not of the right form.",
        "被保険者証または資格情報と照合してください。",
    ),
    "UKE-C012": Kind(
        _INFO,
        "審査支払機関が追加した保険者・公費の行があります。医療機関の請求の内容を使います。",
        "The payer side added rows of insurer or public payer; the facility's own are used.",
    ),
    "UKE-C013": Kind(
        _INFO,
        "臓器提供者の行が {count} 行あります。患者本人の記録としては扱いません。",
        "{count} rows are about an organ donor; they are not records of this patient.",
    ),
    "UKE-C014": Kind(
        _INFO,
        "受診日がわかりません。受診の記録は作りません。",
        "No day of care is given; no encounter is made.",
    ),
    "UKE-C015": Kind(
        _WARNING,
        "診療年月が請求年月より後です。",
        "The month of care is after the month of the claim.",
        "レセコンの診療年月と請求年月を確かめてください。",
    ),
    "UKE-C016": Kind(
        _WARNING,
        "生年月日が診療年月より後です。",
        "The birth date is after the month of care.",
        "レセコンの患者登録を確かめてください。",
    ),
    "UKE-C017": Kind(
        _WARNING,
        "公費（KO）が 5 つ以上あります。4 つまでを読み取りました。",
        "There are more than four public payers; the first four were read.",
    ),
    "UKE-C018": Kind(
        _INFO,
        "受給者番号の検証番号が合いません。",
        "The check digit of a recipient's number is wrong.",
        "受給者証と照合してください。",
    ),
    "UKE-C019": Kind(
        _WARNING,
        "審査支払機関が読み取れません。",
        "The payer organisation (社保 or 国保) cannot be told.",
        "医療機関・薬局の情報（IR、UK、YK）の審査支払機関を確かめてください。",
    ),
    "UKE-C020": Kind(
        _WARNING,
        "医療機関・薬局の情報（IR、UK、YK）に読み取れない項目があるため、同じファイルの別の行の内容を使いました。",
        "The facility row (IR, UK or YK) is damaged; what the file's other ones agree on was used.",
        "医療機関と請求年月が正しいかを確かめてください。",
    ),
    "UKE-C021": Kind(
        _ERROR,
        "別のレセプトの行（{count} 行）が続いています。先頭のレセプト行（RE）が壊れているため、取り込めません。",
        "{count} rows of another claim follow, whose own first row (RE) is damaged: they cannot be taken.",
        "レセコンからもう一度出力してください。",
    ),
    "UKE-C022": Kind(
        _INFO,
        "氏名に、このレセコンでしか表示できない文字（外字）があります。",
        "The name holds characters that only this receipt computer can show.",
        "照合にはカルテ番号を使います。表示を直すには、レセコンで常用の字に置き換えてください。",
    ),
    "UKE-C023": Kind(
        _INFO,
        "審査支払機関が補正した行が {count} 行あります。医療機関の請求の内容を使います。",
        "The payer side corrected {count} rows; the facility's own are used.",
    ),
    "UKE-C024": Kind(
        _WARNING,
        "退院年月日が入院年月日または診療年月より前です。退院日は使いません。",
        "The day of discharge is before the admission or the month of care; it is not used.",
        "レセコンの入退院の登録を確かめてください。",
    ),
    "UKE-C025": Kind(
        _ERROR,
        "1 件のレセプトに {count} 行あり、上限を超えています。このレセプトは取り込みません。",
        "One claim has {count} rows, more than are read; it is not taken in.",
        "ファイルが壊れている可能性があります。レセコンからもう一度出力してください。",
    ),
}
