"""Code tables of NSIPS, as far as samples and public readers show them."""

from __future__ import annotations

from appliance.formats.tagged_values import DosageForm

NEW, UPDATED, DELETED = "A", "U", "D"
"""更新区分: a U carries the whole prescription again."""

RP_FORMS = {
    "1": DosageForm.DROPS,
    "2": DosageForm.INTERNAL,
    "3": DosageForm.AS_NEEDED,
    "4": DosageForm.EXTERNAL,
    "5": DosageForm.INJECTION,
}
COUNT_UNITS = {"1": "日分", "2": "回分"}
"""日回区分; other values were seen and say nothing certain."""

DRUG, MATERIAL, NOT_INSURED = "1", "2", "3"
"""情報区分."""
CLINIC_FEE_TABLES = ("1", "3")
"""医療機関コード種別 that are a 点数表; others leave the institution's 10-digit number unknown."""

UNEVEN = (
    ("uneven_rising", "起床時"),
    ("uneven_morning", "朝"),
    ("uneven_noon", "昼"),
    ("uneven_evening", "夕"),
    ("uneven_bedtime", "寝る前"),
)
REMARKS = (
    ("department", "nsips-2-19"),
    ("agreed_change", "nsips-2-27"),
    ("inquiry_answer", "nsips-2-28"),
    ("comment", "nsips-2-32"),
)
"""Items of record 2 that are remarks on the whole prescription, with the codes of their statements."""
LICENCE = ("narcotics_licence", "nsips-2-29")
"""麻薬施用者免許番号, in the same form."""
