"""`renkei practice patients`: write a made-up population's files and the truth about them into a folder.

Where the files of each format lie stands in `writers.PLACES`; files with a fault lie as `faults/<nn>-<fault>/…` alike.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from appliance.limits import PRACTICE_MONTHS_MAX, PRACTICE_PEOPLE_MAX
from appliance.practice.errors import PracticeError, PracticeWriteError
from appliance.practice.faults import Fault, make_fault
from appliance.practice.insurers import PAYER_FOLDER
from appliance.practice.manifest import MANIFEST_NAME, Written, manifest, manifest_text
from appliance.practice.opening import LAST_YEAR
from appliance.practice.people import REFERENCE_DAY
from appliance.practice.population import Population, care_months, files_of, populate
from appliance.practice.spoiling import spoiled_files
from appliance.practice.uke_writer import FILE_NAME, ClaimFile
from appliance.practice.writers import write_formats
from appliance.records.document import Format

FIRST_MONTH: Final = date(2026, 6, 1)
MONTHS: Final = 3


@dataclass(frozen=True, slots=True)
class Summary:
    """What was written, in numbers; `patients` counts a person once for each clinic."""

    people: int
    patients: int
    files: int
    faulty_files: int
    claims: int
    points: int
    prescriptions: int
    manifest: Path
    other_files: int = 0
    """Files of the formats beside 医科, without those with a fault."""
    other_faulty_files: int = 0

    def text(self) -> str:
        """What the command prints, Japanese first; no made-up person is named."""
        return (
            f"架空の患者 {self.people} 人、レセプト {self.claims} 件、{self.points} 点、ファイル {self.files} 個"
            f"（ほかに異常例 {self.faulty_files + self.other_faulty_files} 個）、処方箋 {self.prescriptions} 枚、"
            f"ほかの形式のファイル {self.other_files} 個\n"
            f"{self.people} made-up people, {self.claims} claims, {self.points} points, {self.files} files "
            f"(and {self.faulty_files + self.other_faulty_files} with a fault), {self.prescriptions} prescriptions, "
            f"{self.other_files} files of other formats\n"
            f"→ {self.manifest}"
        )


def make_patients(
    count: int,
    seed: int,
    out: Path,
    *,
    months: int = MONTHS,
    first_month: date = FIRST_MONTH,
    faults: Sequence[Fault] = (),
    formats: Collection[Format] = (Format.UKE_IKA,),
) -> Summary:
    """Make `count` people and their care in `months` care months from `first_month` on; write files and manifest.

    `formats` are those whose files are wanted. Each fault is made of one file of every format that can have it.

    Raises PracticeError when the numbers or months cannot be, PracticeWriteError when `out` does not take the files; what stands in `out` under other names is left alone.
    """
    _check(count, months, first_month)
    population = populate(count, seed, care_months(first_month, months))
    good = _claim_files(population) if Format.UKE_IKA in formats else []
    bad = _faulty(good, faults) if good else []
    others = write_formats(population, formats)
    spoiled = spoiled_files(others.files, faults)
    truth = manifest(population, [*good, *bad], others, spoiled)
    contents = {written.path: written.file.data for written in (*good, *bad)}
    for file in (*others.files, *(one.file for one in spoiled)):
        contents[file.path] = file.data
        if file.companion:
            contents[file.companion] = b""
    _write(out, contents, manifest_text(truth))
    return Summary(
        people=count,
        patients=len(population.courses),
        files=len(good),
        faulty_files=len(bad),
        claims=sum(len(written.file.claims) for written in good),
        points=sum(claim.points for written in good for claim in written.file.claims),
        prescriptions=sum(len(course.prescriptions) for course in population.courses),
        manifest=out / MANIFEST_NAME,
        other_files=len(others.files),
        other_faulty_files=len(spoiled),
    )


def _claim_files(population: Population) -> list[Written]:
    return [Written(file_path(file), file) for file in files_of(population.claims)]


def _write(out: Path, contents: Mapping[str, bytes], truth: str) -> None:
    try:
        for place, data in contents.items():
            path = out / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        (out / MANIFEST_NAME).write_text(truth, encoding="utf-8", newline="\n")
    except OSError as error:
        raise PracticeWriteError(
            f"練習用データを書き込めません（{error.strerror}）。",
            f"The practice data cannot be written ({error.strerror}).",
            hint_ja="出力先のフォルダと空き容量を確認してください。",
            hint_en="Check the output folder and its free space.",
        ) from error


def file_path(file: ClaimFile) -> str:
    """Where a file lies in the output folder: `clinic-a/2026-09/社保/RECEIPTC.UKE` (claim month, payer)."""
    return f"{file.facility.folder}/{file.claim_month:%Y-%m}/{PAYER_FOLDER[file.payer_org]}/{FILE_NAME}"


def _faulty(good: Sequence[Written], faults: Sequence[Fault]) -> list[Written]:
    """The faults one after the other on the fullest file of the last month; corrections add up."""
    if not faults:
        return []
    last_month = max(written.file.claim_month for written in good)
    newest = [written for written in good if written.file.claim_month == last_month]
    source = max(newest, key=lambda written: len(written.file.claims))
    current, made = source.file, []
    for number, fault in enumerate(faults, 1):
        faulty = make_fault(fault, current)
        if fault in (Fault.CORRECTION, Fault.CANCELLATION):
            current = faulty.file
        made.append(
            Written(f"faults/{number:02d}-{fault.value}/{source.path}", faulty.file, fault, source.path)
        )
    return made


def _check(count: int, months: int, first_month: date) -> None:
    if not 1 <= count <= PRACTICE_PEOPLE_MAX or not 1 <= months <= PRACTICE_MONTHS_MAX:
        raise PracticeError(
            f"人数は 1～{PRACTICE_PEOPLE_MAX}、月数は 1～{PRACTICE_MONTHS_MAX} で指定してください。",
            f"People must be 1 to {PRACTICE_PEOPLE_MAX}, months 1 to {PRACTICE_MONTHS_MAX}.",
        )
    last = care_months(first_month, months)[-1]
    if first_month < REFERENCE_DAY or first_month.day != 1 or last.year > LAST_YEAR:
        raise PracticeError(
            f"診療月は {REFERENCE_DAY:%Y-%m}～{LAST_YEAR}-12 の範囲で指定してください。",
            f"Care months must lie between {REFERENCE_DAY:%Y-%m} and {LAST_YEAR}-12.",
        )
