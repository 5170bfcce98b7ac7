"""`renkei queue …`: what waits, why something was refused, and sending it again after a look at what would be different."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from appliance.channels import ChannelKind
from appliance.cli.output import opened, print_json
from appliance.config import read_site
from appliance.errors import ExitStatus


def queue_list(args: argparse.Namespace) -> int:
    from appliance.limits import LIST_MAX_ROWS
    from appliance.store import deliveries
    from appliance.store.deliveries import State

    open_ones = [state for state in State if state not in (State.DELIVERED, State.WITHDRAWN)]
    states = [State(args.state)] if args.state else open_ones
    with opened(read_site(args.site)) as store:
        listed = deliveries.listed(store, states, LIST_MAX_ROWS, _which(args))
        counts = deliveries.counts(store)
        by_channel = deliveries.counts_by_channel(store)
    listed = _of_code(listed, args.code)
    if args.json:
        rows = [{**_slots(one), "codes": _codes(one)} for one in listed]
        print_json({"counts": counts, "channels": _by_channel(by_channel), "deliveries": rows})
        return ExitStatus.DONE
    print("  ".join(f"{state}: {counts.get(state, 0)}" for state in State))
    for one in listed:
        print(
            f"{one.id:>8}  {one.channel:<6} {one.kind:<8} {one.state:<9} {_why(one):<16} {one.attempts:>3}×"
            f"  {one.created_at}"
        )
    return ExitStatus.DONE


def queue_show(args: argparse.Namespace) -> int:
    from appliance.exchange.refusals import faults
    from appliance.store import deliveries
    from appliance.store.review import existing_delivery

    with opened(read_site(args.site)) as store:
        existing_delivery(store, args.id)
        one = deliveries.get(store, args.id)
        entries = deliveries.sent_entries(store, args.id)
    found = faults(one.outcome, tuple(entries)) if one.outcome else []
    if args.json:
        print_json({**_slots(one), "faults": [_fault(fault, words=args.words) for fault in found]})
        return ExitStatus.DONE
    for name, value in _slots(one).items():
        print(f"{name:<12} {value}")
    for fault in found:
        where = f"{fault.element.ja} / {fault.element.en}（{fault.where}）" if fault.where else "—"
        print(f"\n{fault.severity} {fault.code}: {where}")
        print(f"  {fault.meaning.ja} / {fault.meaning.en}\n  → {fault.hint.ja} / {fault.hint.en}")
        if args.words and fault.said:
            print(f"  「{fault.said}」")
    return ExitStatus.DONE


def queue_replay(args: argparse.Namespace) -> int:
    """With numbers it acts; what filters pick is only shown unless --yes is given."""
    from appliance.exchange.replaying import preview
    from appliance.store.review import existing_delivery, replay
    from appliance.store.rules import RulesFile

    site = read_site(args.site)
    with opened(site) as store:
        rules = RulesFile(site.network, store).current()
        numbers = args.ids or _refused(store, args)
        if args.preview or not (args.ids or args.yes):
            for number in numbers:
                existing_delivery(store, number)
                _print_preview(preview(store, rules, site.facility_name, number))
            print(
                f"{len(numbers)}件（まだ送っていません） / {len(numbers)} shown, nothing sent: --yes / --preview"
            )
            return ExitStatus.DONE
        for number in numbers:
            print(f"{number}: {replay(store, rules, number)}")
    return ExitStatus.DONE


def queue_discard(args: argparse.Namespace) -> int:
    from appliance.store.review import discard

    with opened(read_site(args.site)) as store:
        for number in args.ids:
            discard(store, number, args.reason)
            print(f"{number}: 破棄しました / discarded")
    return ExitStatus.DONE


def _refused(store: Any, args: argparse.Namespace) -> list[int]:
    from appliance.limits import LIST_MAX_ROWS
    from appliance.store import deliveries
    from appliance.store.deliveries import State

    listed = deliveries.listed(store, [State.REFUSED], LIST_MAX_ROWS, _which(args))
    return [one.id for one in _of_code(listed, args.code)]


def _which(args: argparse.Namespace) -> Any:
    from appliance.store.deliveries import Kind, Which

    return Which(
        Kind(args.kind) if args.kind else None,
        ChannelKind(args.channel) if args.channel else None,
        args.day,
    )


def _of_code(listed: Iterable[Any], code: str | None) -> list[Any]:
    return [one for one in listed if code is None or code in _codes(one)]


def _codes(one: Any) -> list[str]:
    from appliance.exchange.refusals import codes

    return sorted(codes(one.outcome)) if one.outcome else []


def _why(one: Any) -> str:
    return ",".join(_codes(one)) or str(one.reason)


def _print_preview(seen: Any) -> None:
    print(f"{seen.delivery}: → {seen.state}{f' ({seen.reason})' if seen.reason else ''}")
    if seen.trouble:
        print(f"  作れません / it cannot be made: {seen.trouble}")
    elif seen.is_the_same:
        print("  拒否されたときと同じ内容です / the same as was refused")
    elif seen.known:
        for sign, entries in (("+", seen.added), ("−", seen.gone), ("≠", seen.changed)):
            for entry in entries:
                print(f"  {sign} {entry}")
        print(f"  = {seen.same}")
    else:
        print("  前回の内容と比べられません / nothing to compare it with")


def _fault(fault: Any, *, words: bool) -> dict[str, str]:
    shown = {
        "severity": fault.severity,
        "code": fault.code,
        "ja": fault.meaning.ja,
        "en": fault.meaning.en,
        "hint_ja": fault.hint.ja,
        "hint_en": fault.hint.en,
        "where": fault.where,
        "element_ja": fault.element.ja,
        "element_en": fault.element.en,
    }
    return {**shown, "said": fault.said} if words else shown


def _by_channel(counts: dict[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    shown: dict[str, dict[str, int]] = {}
    for (channel, state), number in counts.items():
        shown.setdefault(channel, {})[state] = number
    return shown


def _slots(value: Any) -> dict[str, Any]:
    """Without the hub's own words: they may hold anything."""
    return {name: getattr(value, name) for name in value.__slots__ if name != "outcome"}
