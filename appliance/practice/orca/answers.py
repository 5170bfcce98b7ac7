"""patientgetv2, medicalgetv2 (class 01, 02) and diseasegetv2 for one patient, from the person and the last month's claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from appliance.practice.acts import ACTS
from appliance.practice.allergies import allergies_of
from appliance.practice.charges import Line, LineKind
from appliance.practice.claims import Claim
from appliance.practice.diseases import DISEASES, MODIFIERS, UNCODED
from appliance.practice.drugs import DRUGS
from appliance.practice.insurers import Insurance, InsurerKind, PublicPayment
from appliance.practice.orca.tree import Tree
from appliance.practice.people import Person
from appliance.practice.population import Course
from appliance.practice.prescribing import Prescription, supply_count, together
from appliance.practice.staff import DEPARTMENT_NAMES, attending

DONE: Final = {"Api_Result": "00", "Api_Result_Message": "処理終了"}
NO_END: Final = "9999-12-31"
COMBINATION: Final = "0001"
MAIN_DISEASE: Final = "PD"
OUTCOMES: Final = {"2": "F", "4": "C"}
"""転帰区分 of claims as ORCA's: 治ゆ, 中止."""
OUTSIDE: Final = "2"
"""Third digit of Medical_Class: prescribed for outside."""
INSURANCE_CLASS: Final = {
    InsurerKind.KYOKAI: "009",
    InsurerKind.KUMIAI: "006",
    InsurerKind.KYOSAI: "032",
    InsurerKind.KOKUHO: "060",
    InsurerKind.KOUKI: "039",
}
_NAMES: Final = {act.code: act.name for act in ACTS.values()} | {
    drug.code: drug.name for drug in DRUGS.values()
}
_UNITS: Final = {drug.code: drug.unit for drug in DRUGS.values()}
_DISEASES: Final = {disease.code: disease.name for disease in DISEASES.values()}


@dataclass(frozen=True, slots=True)
class Chart:
    """What the answers are made of: the patient's course, the last claim, and the day on which is asked."""

    seed: int
    course: Course
    claim: Claim
    asked: date

    @property
    def person(self) -> Person:
        return self.course.patient.person

    @property
    def last_day(self) -> date:
        return self.claim.care_month.replace(day=self.claim.days[-1])

    @property
    def department(self) -> str:
        return attending(self.course.patient.clinic, self.person.age_on(self.last_day)).department


def patient_answer(chart: Chart) -> Tree:
    """The answer patientinfores: the patient's page."""
    person = chart.person
    words = [one.text for one in allergies_of(chart.seed, person.number)]
    page: Tree = {
        **_patient(chart),
        "Home_Address_Information": _home(person),
        "TestPatient_Flag": "0",
        "Allergy1": words[0] if words else "",
        "HealthInsurance_Information": [
            _insurance(chart.claim.insurance, chart.claim.public),
        ],
    }
    return {**_head(chart, "Patient Info"), "Patient_Information": page}


def history_answer(chart: Chart) -> Tree:
    """medicalget01res: the visits of the claim's month."""
    month = chart.claim.care_month
    visits: list[Tree] = [
        {
            "Perform_Date": month.replace(day=day).isoformat(),
            **_department(chart),
            "Sequential_Number": "1",
            "Insurance_Combination_Number": COMBINATION,
            "HealthInsurance_Information": _insurance(chart.claim.insurance, chart.claim.public),
        }
        for day in chart.claim.days
    ]
    return {
        **_head(chart, "Medical Info"),
        "Patient_Information": _patient(chart),
        "Medical_List_Information": visits,
    }


def acts_answer(chart: Chart) -> Tree:
    """medicalget02res: what was done and prescribed on the last day."""
    groups: list[Tree] = [*_acts(chart), *_prescribed(chart)]
    listed: Tree = {"Insurance_Combination_Number": COMBINATION, "Medical_Information": groups}
    return {
        **_head(chart, "Medical Info"),
        "Patient_Information": _patient(chart),
        "Perform_Date": chart.last_day.isoformat(),
        **_department(chart),
        "Sequential_Number": "1",
        "Medical_List_Information": [listed],
    }


def diseases_answer(chart: Chart) -> Tree:
    """disease_infores: the diagnoses of the claim."""
    found: list[Tree] = []
    for one in chart.claim.diagnoses:
        name = one.text or _DISEASES[one.code]
        before = [code for code in one.modifiers if not code.startswith("8")]
        behind = [code for code in one.modifiers if code.startswith("8")]
        whole = "".join([*(MODIFIERS[code] for code in before), name, *(MODIFIERS[code] for code in behind)])
        singles: list[Tree] = [
            *(_single(f"ZZZ{code}", MODIFIERS[code]) for code in before),
            _single(one.code, "" if one.code == UNCODED else name),
            *(_single(f"ZZZ{code}", MODIFIERS[code]) for code in behind),
        ]
        found.append(
            {
                "Department_Code": chart.department,
                "Disease_Name": whole,
                "Disease_Single": singles,
                "Disease_Category": MAIN_DISEASE if one.main else "",
                "Disease_StartDate": one.since.isoformat(),
                "Disease_EndDate": chart.last_day.isoformat() if one.outcome in OUTCOMES else "",
                "Disease_OutCome": OUTCOMES.get(one.outcome, ""),
            }
        )
    return {
        **_head(chart, "Medical Info"),
        "Disease_Infores": _patient(chart),
        "Base_Date": f"{chart.claim.care_month:%Y-%m}",
        "Disease_Information": found,
    }


def _head(chart: Chart, key: str) -> dict[str, str]:
    stamp = {"Information_Date": chart.asked.isoformat(), "Information_Time": "18:30:00"}
    return {**stamp, **DONE, "Reskey": key}


def _patient(chart: Chart) -> dict[str, str]:
    person = chart.person
    return {
        "Patient_ID": chart.course.patient.chart_number,
        "WholeName": person.name.text,
        "WholeName_inKana": person.name.spaced_kana,
        "BirthDate": person.birth.isoformat(),
        "Sex": person.sex,
    }


def _home(person: Person) -> Tree:
    return {
        "Address_ZipCode": person.home.postal_code.replace("-", ""),
        "WholeAddress1": person.home.address,
        "PhoneNumber1": person.home.phone,
    }


def _department(chart: Chart) -> dict[str, str]:
    return {"Department_Code": chart.department, "Department_Name": DEPARTMENT_NAMES[chart.department]}


def _insurance(insurance: Insurance | None, public: Sequence[PublicPayment]) -> Tree:
    own: dict[str, str] = {"Insurance_Combination_Number": COMBINATION}
    if insurance:
        own |= {
            "InsuranceProvider_Class": INSURANCE_CLASS[insurance.insurer.kind],
            "InsuranceProvider_Number": insurance.insurer.number,
            "InsuranceProvider_WholeName": insurance.insurer.kind.value,
            "HealthInsuredPerson_Symbol": insurance.symbol,
            "HealthInsuredPerson_Number": insurance.number,
            "HealthInsuredPerson_Branch_Number": insurance.branch,
            "RelationToInsuredPerson": "1" if insurance.holder else "2",
            "Certificate_ExpiredDate": NO_END,
        }
    payers: list[Tree] = [
        {
            "PublicInsurance_Class": f"0{payment.programme.law}",
            "PublicInsurance_Name": payment.programme.name,
            "PublicInsurer_Number": payment.programme.payer_number,
            "PublicInsuredPerson_Number": payment.recipient_number,
            "Certificate_ExpiredDate": NO_END,
        }
        for payment in public
    ]
    return {**own, "PublicInsurance_Information": payers}


def _single(code: str, name: str) -> Tree:
    return {"Disease_Single_Code": code, "Disease_Single_Name": name}


def _acts(chart: Chart) -> Iterator[Tree]:
    for charged in chart.claim.units:
        count = dict(charged.days).get(chart.last_day.day)
        if count:
            yield {
                "Medical_Class": f"{charged.unit.category}0",
                "Medical_Class_Number": str(count),
                "Medical_Class_Point": str(charged.unit.points),
                "Medication_info": [_line(line) for line in charged.unit.lines],
            }


def _line(line: Line) -> Tree:
    return {
        "Medication_Code": line.code,
        "Medication_Name": _NAMES.get(line.code, "特定器材"),
        "Medication_Number": line.quantity or ("1" if line.kind is LineKind.ACT else ""),
        "Unit_Code_Name": _UNITS.get(line.code, ""),
    }


def _prescribed(chart: Chart) -> Iterator[Tree]:
    slips = [slip for slip in chart.course.prescriptions if slip.day == chart.last_day]
    for slip in slips:
        yield from _slip(slip)


def _slip(slip: Prescription) -> Iterator[Tree]:
    doses = list(zip(slip.doses, slip.scopes, strict=True))
    for (category, _, _), group in together(doses).items():
        yield {
            "Medical_Class": f"{category}{OUTSIDE}",
            "Medical_Class_Number": str(supply_count(group[0], slip.days_supply)),
            "Medication_info": [
                {
                    "Medication_Code": DRUGS[dose.drug].code,
                    "Medication_Name": DRUGS[dose.drug].name,
                    "Medication_Number": dose.amount,
                    "Unit_Code_Name": DRUGS[dose.drug].unit,
                }
                for dose in group
            ],
        }
