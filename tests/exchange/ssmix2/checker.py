"""An independent reader of a storage: says what breaks the rules of the standard, knowing nothing of how it was written.

The rules are those of the guideline as the published checkers have them: five folders that repeat the file's name
(NHO checkFilePath), characters (checkJIS), the day of care (checkCareDate), the order of segments
(checkSegmentOrder), required fields (checkRequiredFields; 仕様書 1.2g), and the flags 1, 2 and 0.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

NAME = re.compile(
    r"(?P<pid>[0-9A-Za-z]{7,15})_(?P<day>\d{8}|-)_(?P<kind>[^_/]+)_(?P<order>\d{15})_(?P<at>\d{17})_(?P<dept>[0-9A-Z]{2,3}|-)_(?P<flag>[012])"
)
SETTING = "SS-MIX2_1.20^SS-MIX2^1.2.392.200250.2.1.100.1.2.120^ISO"
NO_ORDER = "9" * 15
MAIN_DOCUMENT = re.compile(r"main_document\.(json|xml|pdf|jpg|png|tif)")


@dataclass(frozen=True)
class Rules:
    """What holds for one データ種別."""

    valid: str
    deleted: str
    care_date: str
    """Segment and field whose day is that of the path; empty for kinds without a day."""
    segments: dict[str, str]
    """By event: the order of segments, repetitions of a segment as one."""
    required: dict[str, tuple[int, ...]]
    ordered: bool = False
    """Whether the kind has an order number."""


_MSH = {"MSH": (1, 2, 7, 9, 10, 11, 12, 18)}
_ADT = _MSH | {"EVN": (2,), "PID": (3, 5, 7, 8), "PV1": (2,), "IN1": (1, 2), "AL1": (1, 3), "OBX": (3, 11)}
_VISIT = "MSH EVN PID PV1 "
RULES = {
    "ADT-00": Rules(
        "ADT^A08^ADT_A01",
        "ADT^A23^ADT_A21",
        "",
        {"A08": "MSH EVN PID (NK1 )?PV1 (DB1 )?(OBX )?(AL1 )?(IN1 )?", "A23": _VISIT},
        _ADT,
    ),
    "ADT-12": Rules("ADT^A04^ADT_A01", "ADT^A04^ADT_A01", "PV1-44", {"A04": _VISIT}, _ADT),
    "ADT-22": Rules("ADT^A01^ADT_A01", "ADT^A11^ADT_A09", "PV1-44", {"A01": _VISIT, "A11": _VISIT}, _ADT),
    "ADT-52": Rules("ADT^A03^ADT_A03", "ADT^A13^ADT_A01", "PV1-45", {"A03": _VISIT, "A13": _VISIT}, _ADT),
    "ADT-61": Rules(
        "ADT^A60^ADT_A60",
        "ADT^A60^ADT_A60",
        "",
        {"A60": "MSH EVN PID (PV1 )?(IAM )?"},
        _ADT | {"IAM": (1, 3, 6)},
    ),
    "PPR-01": Rules(
        "PPR^ZD1^PPR_ZD1",
        "PPR^ZD1^PPR_ZD1",
        "",
        {"ZD1": "MSH PID (PV1 )?(PRB (ZPR )?(ZPD )?(ZI1 )?(ORC )?)+"},
        _MSH | {"PID": (3, 5, 7, 8), "PRB": (1, 2, 3, 4), "ZPR": (2,), "ORC": (1, 2)},
    ),
    "OMP-01": Rules(
        "RDE^O11^RDE_O11",
        "RDE^O11^RDE_O11",
        "ORC-9",
        {"O11": "MSH PID (PV1 )?(IN1 )?(AL1 )?(ORC RXE TQ1 RXR (RXC )?)+"},
        _MSH | {"PID": (3, 5, 7, 8), "PV1": (2,), "ORC": (1, 2, 4), "RXE": (2, 3, 5, 10, 11), "RXR": (1,)},
        ordered=True,
    ),
    "OML-11": Rules(
        "OUL^R22^OUL_R22",
        "OUL^R22^OUL_R22",
        "SPM-17",
        {"R22": "MSH PID (PV1 )?(SPM (OBR ORC (TQ1 )?(OBX )+)+)+"},
        _MSH
        | {
            "PID": (3, 5, 7, 8),
            "PV1": (2,),
            "SPM": (1, 2, 4, 17),
            "OBR": (2, 4),
            "ORC": (1, 2),
            "OBX": (3, 11),
        },
        ordered=True,
    ),
}
_IF_KNOWN = {("SPM", 2)}
"""RE: left out where the source does not say."""


def faults(root: Path) -> list[str]:
    """Everything wrong with the storages below `root` (`standard/<facility>`, `extended/<facility>`); empty when sound."""
    return [*_standard_faults(root / "standard"), *_extended_faults(root / "extended")]


def _standard_faults(root: Path) -> Iterator[str]:
    valid: Counter[tuple[str, ...]] = Counter()
    for path in sorted(one for one in root.rglob("*") if one.is_file()):
        shown = str(path.relative_to(root))
        found = NAME.fullmatch(path.name)
        if found is None:
            yield f"{shown}: not a name of the standard"
            continue
        for fault in (*_path_faults(path.relative_to(root), found), *_file_faults(path, found)):
            yield f"{shown}: {fault}"
        if found["flag"] == "1":
            valid[path.parts[-7], found["pid"], found["day"], found["kind"], found["order"]] += 1
    yield from (f"{'_'.join(place)}: {count} valid files" for place, count in valid.items() if count > 1)


def _path_faults(path: Path, name: re.Match[str]) -> Iterator[str]:
    facility, *folders = path.parts[:-1]
    if not re.fullmatch(r"\d{2}[134]\d{7}", facility):
        yield "the root is not a facility of ten digits"
    if folders != [name["pid"][:3], name["pid"][3:6], name["pid"], name["day"], name["kind"]]:
        yield "the folders do not repeat the name"
    if not _is_time(name["at"][:14], "%Y%m%d%H%M%S"):
        yield "発生日時 is no time"
    if name["day"] != "-" and not _is_time(name["day"], "%Y%m%d"):
        yield "診療日 is no day"


def _file_faults(path: Path, name: re.Match[str]) -> Iterator[str]:
    rules = RULES.get(name["kind"])
    if rules is None:
        yield "unknown データ種別"
        return
    data = path.read_bytes()
    yield from _character_faults(data)
    try:
        segments = [line.split("|") for line in data.decode("iso2022_jp").rstrip("\r").split("\r")]
    except UnicodeDecodeError as error:
        yield f"not ISO-2022-JP: {error}"
        return
    for one in segments:
        if one[0] == "MSH":
            one.insert(1, "|")
    yield from _header_faults(segments[0], rules, name)
    yield from _structure_faults(segments, rules)
    yield from _required_faults(segments, rules)
    yield from _agreement_faults(segments, rules, name)


def _character_faults(data: bytes) -> Iterator[str]:
    if not data.endswith(b"\r") or b"\n" in data:
        yield "segments do not end with CR alone"
    for escape in set(re.findall(rb"\x1b..", data)) - {b"\x1b$B", b"\x1b(B"}:
        yield f"escape sequence {escape!r}"
    for line in data.split(b"\r"):
        if line.rfind(b"\x1b$B") > line.rfind(b"\x1b(B"):
            yield "a segment ends in two-byte characters"
        for run in re.findall(rb"\x1b\$B(.*?)\x1b\(B", line):
            if len(run) % 2 or any(not 0x21 <= byte <= 0x7E for byte in run):
                yield "a run of two-byte characters is broken"
        one_byte = re.sub(rb"\x1b\$B.*?\x1b\(B", b"", line)
        if any(not 0x20 <= byte <= 0x7E for byte in one_byte):
            yield "a byte that is not printable ASCII"


def _header_faults(header: list[str], rules: Rules, name: re.Match[str]) -> Iterator[str]:
    fields = dict(enumerate(header))
    expected = rules.deleted if name["flag"] == "0" and fields[9] != rules.valid else rules.valid
    wanted = {
        0: "MSH",
        2: "^~\\&",
        9: expected,
        11: "P",
        12: "2.5",
        18: "~ISO IR87",
        20: "ISO 2022-1994",
        21: SETTING,
    }
    yield from (
        f"MSH-{number} is {fields.get(number)!r}"
        for number, value in wanted.items()
        if fields.get(number) != value
    )
    if not re.fullmatch(r"\d{14}(\.\d{3,4})?", fields[7]):
        yield "MSH-7 is no time"
    if not 0 < len(fields[10]) <= 20:
        yield "MSH-10 is empty or too long"


def _structure_faults(segments: list[list[str]], rules: Rules) -> Iterator[str]:
    collapsed = [
        one[0] for place, one in enumerate(segments) if place == 0 or one[0] != segments[place - 1][0]
    ]
    event = segments[0][9].split("^")[1]
    pattern = rules.segments.get(event, "(?!)")
    if not re.fullmatch(pattern, "".join(f"{one} " for one in collapsed)):
        yield f"segments in the order {collapsed}"


def _required_faults(segments: list[list[str]], rules: Rules) -> Iterator[str]:
    for one in segments:
        for number in rules.required.get(one[0], ()):
            if (one[0], number) not in _IF_KNOWN and (len(one) <= number or not one[number]):
                yield f"{one[0]}-{number} is missing"


def _agreement_faults(segments: list[list[str]], rules: Rules, name: re.Match[str]) -> Iterator[str]:
    """What the name says and the message says again."""
    for one in segments:
        if one[0] == "PID" and one[3] != f"{name['pid']}^^^^PI":
            yield "PID-3 is not the patient of the path"
        if one[0] in ("ORC", "OBR") and rules.ordered and one[2] != name["order"]:
            yield f"{one[0]}-2 is not the order of the name"
    if (name["order"] == NO_ORDER) is rules.ordered:
        yield "オーダNo where there is none, or none where there is one"
    if (name["day"] == "-") is bool(rules.care_date):
        yield "診療日 where there is none, or none where there is one"
    segment, _, number = rules.care_date.partition("-")
    days = (
        {(one + [""] * int(number))[int(number)][:8] for one in segments if one[0] == segment}
        if segment
        else set()
    )
    if segment and days != {name["day"]}:
        yield f"{rules.care_date} is {days}"


def _extended_faults(root: Path) -> Iterator[str]:
    valid: Counter[tuple[str, ...]] = Counter()
    for path in sorted(one for one in root.rglob("*") if one.is_file()):
        shown = str(path.relative_to(root))
        found = NAME.fullmatch(path.parent.name)
        if found is None:
            yield f"{shown}: the content folder has no name of the standard"
            continue
        yield from (f"{shown}: {fault}" for fault in _path_faults(path.parent.relative_to(root), found))
        if found["kind"].count("^") not in (2, 5):
            yield f"{shown}: データ種別 has neither three nor six parts"
        if not MAIN_DOCUMENT.fullmatch(path.name):
            yield f"{shown}: not a main document"
        if found["flag"] == "1":
            valid[found["pid"], found["day"], found["kind"], found["order"]] += 1
    yield from (f"{'_'.join(place)}: {count} valid papers" for place, count in valid.items() if count > 1)


def _is_time(text: str, form: str) -> bool:
    try:
        return datetime.strptime(text, form).strftime(form) == text
    except ValueError:
        return False


def flags(root: Path, kind: str) -> list[str]:
    """The flags of all files (or content folders) of a kind below `root`, in the order of their times and flags."""
    found = (NAME.fullmatch(one.name) for one in root.rglob("*") if one.parent.name == kind)
    return [one["flag"] for one in sorted(filter(None, found), key=lambda one: (one["at"], one["flag"]))]
