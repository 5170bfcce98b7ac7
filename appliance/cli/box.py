"""Commands about one box: its state, its queue, what it could not read, its store, its settings."""

from __future__ import annotations

import argparse
from typing import Any

from appliance.cli.output import opened, print_json
from appliance.config import read_site
from appliance.errors import ExitStatus


def status(args: argparse.Namespace) -> int:
    from appliance.desk.status import status_lines
    from appliance.limits import LIST_MAX_ROWS
    from appliance.store import unmapped

    site = read_site(args.site)
    if args.metrics:
        from appliance.desk.measuring import metrics_text

        with opened(site) as store:
            print(metrics_text(site, store), end="")
        return ExitStatus.DONE
    with opened(site) as store:
        lines = status_lines(site, store)
        unknown = unmapped.listed(store, LIST_MAX_ROWS)
    if args.json:
        print_json(
            {"lines": [_fields(line) for line in lines], "unmapped_codings": [_slots(one) for one in unknown]}
        )
    else:
        for line in lines:
            print(f"{line.name:<8} [{line.level:<7}] {line.ja}  {line.en}")
            if line.hint_ja:
                print(f"{'':19}→ {line.hint_ja}  {line.hint_en}")
        for one in unknown[:_UNMAPPED_SHOWN]:
            print(
                f"  標準コードにならないコード / unmapped: {one.code:<12} {one.count:>6}× {one.reason:<12} {one.system}"
            )
    troubled = any(line.level in ("warning", "error") for line in lines)
    return ExitStatus.FINDINGS if troubled else ExitStatus.DONE


_UNMAPPED_SHOWN = 10


def _slots(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def _fields(message: Any) -> dict[str, Any]:
    return {name: getattr(message, name) for name in message.__struct_fields__}


def quarantine_list(args: argparse.Namespace) -> int:
    from appliance.store import arrivals
    from appliance.store.arrivals import ArrivalState

    with opened(read_site(args.site)) as store:
        found = arrivals.in_state(store, ArrivalState.QUARANTINED, ArrivalState.PARTLY)
    if args.json:
        print_json(
            {
                "arrivals": [
                    {
                        "id": a.id,
                        "state": a.state,
                        "format": a.format,
                        "taken_at": a.taken_at,
                        "findings": len(a.findings),
                    }
                    for a in found
                ]
            }
        )
    else:
        for a in found:
            print(f"{a.id:>8}  {a.state:<12} {a.format:<10} {a.name:<24} {a.taken_at}  {len(a.findings)}件")
    return ExitStatus.FINDINGS if found else ExitStatus.DONE


def quarantine_show(args: argparse.Namespace) -> int:
    from appliance.intake.understand import note_for
    from appliance.store.review import existing_arrival

    with opened(read_site(args.site)) as store:
        print(note_for(existing_arrival(store, args.id)))
    return ExitStatus.DONE


def quarantine_retry(args: argparse.Namespace) -> int:
    from appliance.store.review import retry_arrival

    with opened(read_site(args.site)) as store:
        retry_arrival(store, args.id)
    print(f"{args.id}: 読み直します / will be read again")
    return ExitStatus.DONE


def config_check(args: argparse.Namespace) -> int:
    from appliance.sources import remarks

    site = read_site(args.site)
    print(
        f"{args.site}: 問題ありません / no mistakes ({len(site.facilities)} facilities, {len(site.sources)} sources)"
    )
    told = [remark for source in site.sources for remark in remarks(source)]
    for remark in told:
        print(f"[{remark.level:<7}] {remark.source:<16} {remark.ja}\n{'':27}{remark.en}")
    return ExitStatus.FINDINGS if any(one.level == "warning" for one in told) else ExitStatus.DONE


def config_show(args: argparse.Namespace) -> int:
    from appliance.config import origins

    for name, value, origin in origins(read_site(args.site), args.site):
        print(f"{name:<40} {value:<48} {origin}")
    return ExitStatus.DONE


def doctor(args: argparse.Namespace) -> int:
    from appliance.health.doctor import examine

    results = examine(args.site)
    if args.json:
        print_json({"checks": [_slots(one) for one in results]})
    else:
        for one in results:
            print(f"[{one.level:<7}] {one.name:<16} {one.ja}  {one.en}")
            if one.hint_ja:
                print(f"{'':27}→ {one.hint_ja}  {one.hint_en}")
    troubled = any(one.level in ("warning", "error") for one in results)
    return ExitStatus.FINDINGS if troubled else ExitStatus.DONE
