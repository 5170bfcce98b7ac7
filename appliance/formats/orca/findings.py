"""Every finding about an ORCA answer: ORCA-A the answer, ORCA-E its envelope, ORCA-P the patient, ORCA-R a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from appliance.formats.findings import Kind
from appliance.formats.hardened import KINDS as DATA_KINDS
from appliance.records.finding import Severity

_INFO, _WARNING, _ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR

KINDS: Final[Mapping[str, Kind]] = {
    **DATA_KINDS,
    # --- the answer
    "ORCA-A001": Kind(
        _INFO,
        "{title}（{api}）の応答です。診療の記録は含まれないため、文書は作りません。",
        "This is an answer of {api}; it holds no records of care, so no document is made.",
    ),
    "ORCA-A002": Kind(
        _ERROR,
        "日レセがエラーを返しました（{api}、結果コード {result}）。",
        "ORCA answered with an error ({api}, result {result}).",
        "日レセの画面で、患者番号・日付・利用者の権限を確かめてください。",
    ),
    "ORCA-A003": Kind(
        _INFO,
        "対象がないという応答です（{api}、結果コード {result}）。異常ではありません。",
        "ORCA says that there is nothing to answer ({api}, result {result}); nothing is wrong.",
    ),
    "ORCA-A004": Kind(
        _WARNING,
        "日レセの他の端末が使用中です（結果コード {result}）。時間をおいて取り直します。",
        "Another terminal of ORCA holds the patient (result {result}); it will be asked again.",
    ),
    "ORCA-A005": Kind(
        _WARNING,
        "日レセが注意を返しました（結果コード {result}）。内容はそのまま読み取りました。",
        "ORCA answered with a warning (result {result}); the content was read.",
        "日レセの画面で内容を確かめてください。",
    ),
    "ORCA-A006": Kind(
        _ERROR,
        "日レセの応答ですが、この版の知らない種類です。そのまま保管します。",
        "This is an answer of ORCA of a kind that this version does not know; it is kept as it is.",
        "日レセの更新後であれば、連携ゲートウェイの更新を確かめてください。",
    ),
    "ORCA-A007": Kind(
        _WARNING,
        "件数が多いため、応答は途中までです。続きは含まれていません。",
        "The answer holds only the first part: there were more entries than ORCA returns.",
        "日レセで対象の期間や件数を確かめてください。",
    ),
    "ORCA-A008": Kind(
        _INFO,
        "PUSH 通知が {count} 件あります。通知には内容がないため、日レセに問い合わせて取得します。",
        "There are {count} push notifications; they hold no content, which is asked of ORCA instead.",
    ),
    "ORCA-A009": Kind(
        _INFO,
        "{title}（{api}）の応答です。薬剤は診療行為の応答と同じものなので、二重には取り込みません。",
        "This is a printed form ({api}); its drugs come with the acts of the visit and are not taken twice.",
    ),
    # --- the envelope of answers that the box asked for
    "ORCA-E001": Kind(
        _ERROR,
        "日レセから取得したデータの控えが壊れています。そのまま保管します。",
        "This envelope of ORCA answers is damaged; it is kept as it is.",
        "運用者に連絡してください。",
    ),
    "ORCA-E002": Kind(
        _ERROR,
        "日レセから取得したデータに、必要な応答（{api}）がありません。",
        "An answer that belongs here ({api}) is missing.",
        "運用者に連絡してください。",
    ),
    "ORCA-E003": Kind(
        _ERROR,
        "日レセが、問い合わせたものと異なる患者または受診を返しました（{api}）。取り込みません。",
        "ORCA answered about another patient or visit than was asked for ({api}); it is not taken.",
        "日レセの患者番号と受診履歴を確かめてください。",
    ),
    # --- the patient
    "ORCA-P001": Kind(
        _ERROR,
        "患者番号がありません。取り込めません。",
        "There is no patient number; this cannot be taken.",
        "日レセの患者登録を確かめてください。",
    ),
    "ORCA-P002": Kind(
        _INFO,
        "テスト患者です。取り込みません。",
        "This is a test patient; it is not taken.",
    ),
    "ORCA-P003": Kind(
        _WARNING,
        "生年月日または性別が読み取れません。",
        "Birth date or sex cannot be read.",
        "日レセの患者登録を確かめてください。",
    ),
    "ORCA-P004": Kind(
        _INFO,
        "有効期限の過ぎた保険が {count} 件あります。取り込みません。",
        "{count} insurances have expired; they are not taken.",
    ),
    "ORCA-P005": Kind(
        _WARNING,
        "保険者番号または負担者番号の検証番号が合いません。",
        "The check digit of a payer's number is wrong.",
        "被保険者証または資格情報と照合してください。",
    ),
    # --- a record
    "ORCA-R001": Kind(
        _ERROR,
        "診療日が読み取れません。この受診は取り込めません。",
        "The day of care cannot be read; this visit cannot be taken.",
        "日レセの診療日を確かめてください。",
    ),
    "ORCA-R002": Kind(
        _WARNING,
        "日付が読み取れません。",
        "This date cannot be read.",
        "日レセの該当項目を確かめてください。",
    ),
    "ORCA-R003": Kind(
        _INFO,
        "種類のわからないコードの行があります。文字として残します。",
        "A line has a code of no known kind; it is kept as words.",
    ),
    "ORCA-R004": Kind(
        _INFO,
        "削除された病名が {count} 件あります。取り込みません。",
        "{count} diagnoses are marked as deleted; they are not taken.",
    ),
    "ORCA-R005": Kind(
        _INFO,
        "転帰の区分が表にありません。文字として残します。",
        "The outcome is not in the table; it is kept as words.",
    ),
    "ORCA-R006": Kind(
        _INFO,
        "複数の病名コードからなる病名です。名称と各コードを残します。",
        "The diagnosis is composed of several codes; its words and each code are kept.",
    ),
    "ORCA-R007": Kind(
        _WARNING,
        "コードのない行があります。名称だけを残します。",
        "A line has no code; only its words are kept.",
        "日レセの入力を確かめてください。",
    ),
}
