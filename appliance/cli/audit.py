"""Commands about the audit chain: is it whole, and what stands in it."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from appliance.cli.output import opened, print_json
from appliance.config import read_site
from appliance.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from appliance.store.audit import Walk


def verify(args: argparse.Namespace) -> int:
    """Walk the chain, holding it against its own anchors, the copy beside the store, and those the operator kept."""
    from appliance.store import audit, audit_anchor

    site = read_site(args.site)
    judge = audit_anchor.AnchorJudge.of(args.ca or site.hub.ca, site.device_id, *args.device)
    given = [one for file in args.anchor for one in audit_anchor.read(file)]
    with opened(site) as store:
        kept = audit_anchor.judged(judge, [*audit_anchor.kept_copy(store), *given])
        found = audit.walk(store, kept, vouch=judge.vouch, passed=_progress("検証 / verified"))
    loose_s = _unanchored_s(found)
    if args.json:
        print_json(
            {
                "rows": found.rows,
                "anchored": found.anchored,
                "anchored_at": found.anchored_at,
                "first_bad": _bad(found),
            }
        )
    else:
        print(_in_words(found, loose_s))
    from appliance.limits import AUDIT_UNANCHORED_MAX_S

    return ExitStatus.FINDINGS if found.broken or loose_s > AUDIT_UNANCHORED_MAX_S else ExitStatus.DONE


def _bad(found: Walk) -> dict[str, object] | None:
    bad = found.broken
    return {"seq": bad.seq, "since": bad.since, "ja": bad.ja, "en": bad.en} if bad else None


def _in_words(found: Walk, loose_s: float) -> str:
    from appliance.limits import AUDIT_UNANCHORED_MAX_S

    if bad := found.broken:
        since = f"（{bad.since}行目から） / (from row {bad.since} on)" if bad.since != bad.seq else ""
        return f"最初の誤り / first bad row: {bad.seq}{since}  {bad.ja}  {bad.en}"
    upto = (
        f"{found.anchored}行目まで署名付きの控えがあります（{found.anchored_at}） / anchored up to row {found.anchored}"
        if found.anchored
        else "署名付きの控えはまだありません / no anchor yet"
    )
    lines = [f"監査記録に誤りはありません / the audit chain is whole: {found.rows}行 / rows。{upto}"]
    if loose_s > AUDIT_UNANCHORED_MAX_S:
        lines.append(
            "→ 控えが二日以上作られていません。送信サービスと hub.key を確かめてください。"
            "  No anchor for more than two days: check the exchange service and hub.key."
        )
    return "\n".join(lines)


def _unanchored_s(found: Walk) -> float:
    """How far the chain reaches beyond its last anchor, in time."""
    from appliance.clock import from_iso

    if not (found.anchored_at and found.last_at):
        return 0.0
    return (from_iso(found.last_at) - from_iso(found.anchored_at)).total_seconds()


def export(args: argparse.Namespace) -> int:
    """Write rows into a new file that only its owner can read, or to standard output."""
    from appliance.exchange.audit.export import Format, Wanted, export

    site = read_site(args.site)
    wanted = Wanted(
        first=max(args.first, 1),
        last=args.last,
        since=_start(args.since),
        until=_start(args.until, days=1),
        format=Format(args.format),
        with_patients=args.with_patients,
        reason=args.reason,
    )
    passed, count = _progress("書き出し / exported"), 0
    with opened(site) as store:
        lines = export(store, site, wanted)
        with _new_file(args.out) as file:
            for count, line in enumerate(lines, 1):
                file.write(line)
                if count % _TOLD_EVERY == 0:
                    passed(count)
    print(f"{count}行 / lines", file=sys.stderr)
    return ExitStatus.DONE


_TOLD_EVERY = 1_000


def _start(day: str, *, days: int = 0) -> str:
    """The beginning of a day in Japan (with `days`: of a later one), as the store keeps times; empty for none."""
    from appliance.clock import JST, iso

    if not day:
        return ""
    try:
        return iso(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=JST) + timedelta(days=days))
    except ValueError as error:
        raise UsageError(
            f"{day} は日付ではありません。", f"{day} is no date.", hint_en="Write YYYY-MM-DD."
        ) from error


@contextlib.contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    if str(path) == "-":
        yield sys.stdout.buffer
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise UsageError(
            f"{path} に書けません。",
            f"{path} cannot be written.",
            hint_ja="まだないファイルを指定してください。",
            hint_en="Name a file that does not exist yet.",
        ) from error
    with os.fdopen(descriptor, "wb") as file:
        yield file


def _progress(words: str) -> Callable[[int], None]:
    """Tells on a terminal how far a long walk is; in a pipe it is quiet."""
    if not sys.stderr.isatty():
        return lambda _count: None
    return lambda count: print(f"\r{words}: {count}", end="", file=sys.stderr, flush=True)
