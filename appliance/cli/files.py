"""Commands about files: they need no configuration, no store, no root."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from appliance.cli.output import print_json
from appliance.errors import ExitStatus, UsageError
from appliance.files import open_file
from appliance.records.readable import Readable


def inspect(args: argparse.Namespace) -> int:
    from appliance.formats.report import group_text, inspect_reports, report_text

    with ExitStack() as stack:
        files = [(path.name, stack.enter_context(file_of(path))) for path in args.files]
        reports, groups = inspect_reports(files)
    if args.json:
        print_json({"files": reports, "together": groups})
    else:
        print("\n\n".join([*map(report_text, reports), *map(group_text, groups)]))
    worst = {finding["severity"] for report in (*reports, *groups) for finding in _findings(report)}
    return ExitStatus.FINDINGS if worst & {"warning", "error"} else ExitStatus.DONE


def _findings(report: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = report["findings"]
    return found


def convert(args: argparse.Namespace) -> int:
    if args.to == "ssmix2":
        return convert_to_storage(args)
    from appliance.exchange.convert import convert_files

    summary = convert_files(args.files, args.out, args.facility, args.masters)
    print(summary.text())
    return ExitStatus.FINDINGS if summary.findings else ExitStatus.DONE


def convert_to_storage(args: argparse.Namespace) -> int:
    from appliance.exchange.ssmix2.conversion import convert_to_storage

    summary = convert_to_storage(args.files, args.out, args.facility, args.masters)
    print(summary.text())
    return ExitStatus.FINDINGS if summary.findings else ExitStatus.DONE


def explain(args: argparse.Namespace) -> int:
    from appliance.consent.explain import explain_lines

    if str(args.file) == "-":
        return _explained(explain_lines(sys.stdin.buffer))
    with args.file.open("rb") as lines:
        return _explained(explain_lines(lines))


def _explained(answers: Iterable[tuple[str, bool]]) -> int:
    status = ExitStatus.DONE
    for line, good in answers:
        print(line)
        if not good:
            status = ExitStatus.FINDINGS
    return status


def masters_build(args: argparse.Namespace) -> int:
    from appliance.codes.command import build_masters

    print(build_masters(args.folder, args.out).text())
    return ExitStatus.DONE


def masters_lookup(args: argparse.Namespace) -> int:
    from appliance.codes.command import lookup_codes

    reports = lookup_codes(args.masters, args.codes)
    print("\n".join(report.text() for report in reports))
    return ExitStatus.DONE if all(report.entries for report in reports) else ExitStatus.FINDINGS


def practice(args: argparse.Namespace) -> int:
    from appliance.practice.command import make_patients
    from appliance.practice.faults import Fault
    from appliance.practice.writers import PLACES

    faults = tuple(_one_of("--fault", name, [fault.value for fault in Fault]) for name in args.fault)
    known = {place.value: place for place in PLACES}
    formats = [_one_of("--formats", name, list(known)) for name in args.formats or known]
    summary = make_patients(
        count=args.count,
        seed=args.seed,
        out=args.out,
        months=args.months,
        faults=tuple(map(Fault, faults)),
        formats=[known[name] for name in formats],
    )
    print(summary.text())
    return ExitStatus.DONE


class ListFormats(argparse.Action):
    """Prints the formats of practice files and where they lie, and ends."""

    def __call__(self, parser: argparse.ArgumentParser, *_given: Any) -> None:
        from appliance.practice.writers import places_text

        print(places_text())
        parser.exit()


def _one_of(option: str, name: str, known: list[str]) -> str:
    if name in known:
        return name
    raise UsageError(
        f"{option} {name} はありません。",
        f"There is no {option} {name}.",
        hint_en=f"One of {', '.join(known)}.",
    )


@contextmanager
def file_of(path: Path) -> Iterator[Readable]:
    try:
        with open_file(path) as content:
            yield content
    except OSError as error:
        raise UsageError(
            f"{path} を読めません。",
            f"{path} cannot be read.",
            hint_ja="場所と読み取り権限を確かめてください。",
        ) from error
