"""Commands that look after the store: check it, back it up, restore it, dispose of what its time is over."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from appliance.cli.output import print_json
from appliance.config import SiteConfig, read_site
from appliance.errors import ExitStatus, UsageError


def add_commands(store: Any, command: Any, with_site: Any, with_json: Any) -> None:
    """The sub-commands of `renkei store`, with the parser's own ways of making one."""
    checking = command(store, "check", check, "検査 / check pages, files and audit chain")
    with_json(with_site(checking))

    backing = with_json(with_site(command(store, "backup", backup, "バックアップ / back up now")))
    backing.add_argument("names", nargs="*", metavar="NAME", help="ways of site.toml (default: all)")
    backing.add_argument(
        "--due", action="store_true", help="期限のものだけ / only what is due (called by the timer)"
    )
    backing.add_argument("--list", action="store_true", help="世代の一覧 / the generations that are there")

    restoring = command(store, "restore", restore, "バックアップから戻す / put a backup in the store's place")
    with_json(with_site(restoring))
    restoring.add_argument(
        "--from", dest="place", metavar="NAME|DIR", help="a way of site.toml, or a folder with generations"
    )
    restoring.add_argument("--generation", default="", metavar="NAME", help="default: the newest")
    restoring.add_argument("--drill", action="store_true", help="試すだけ / try only; nothing is replaced")
    restoring.add_argument("--scratch", type=Path, metavar="DIR", help="where a drill may write")
    restoring.add_argument(
        "--key", type=Path, metavar="PEM", help="the operator's recovery key, on a new box"
    )
    restoring.add_argument(
        "--certificate", type=Path, metavar="PEM", help="its certificate, where the key alone does not tell"
    )

    disposing = command(
        store, "dispose", dispose, "保存期間の過ぎたものの整理 / dispose of what its time is over"
    )
    with_json(with_site(disposing))
    disposing.add_argument("--dry-run", action="store_true", help="件数だけを示す / show what would go")


def check(args: argparse.Namespace) -> int:
    from appliance.clock import SystemClock
    from appliance.store import checking
    from appliance.store.db import open_store
    from appliance.store.key_ring import store_key

    site = read_site(args.site)
    with open_store(site.store.path, store_key(site), SystemClock()) as store:
        findings = checking.examine(store, _progress)
    if args.json:
        print_json({"findings": [_slots(one) for one in findings]})
    else:
        for one in findings:
            print(f"[{one.code}] {one.ja}\n{'':4}{one.en}\n{'':4}→ {one.hint_ja}  {one.hint_en}")
        if not findings:
            print("保存庫に誤りはありません / the store is whole")
    return ExitStatus.FINDINGS if findings else ExitStatus.DONE


def backup(args: argparse.Namespace) -> int:
    from appliance.clock import SystemClock
    from appliance.store import backup_running
    from appliance.store.key_ring import store_key

    site = read_site(args.site)
    _require_known(site, args.names)
    if args.list:
        return _list_generations(site, args)
    backup_running.be_nice()
    outcomes = backup_running.run(
        site,
        store_key(site),
        SystemClock(),
        names=args.names,
        due_only=args.due,
        told=(lambda _: None) if args.json else _tell,
    )
    if args.json:
        print_json(
            {
                "backups": [
                    {
                        "name": one.name,
                        "generation": one.generation,
                        "code": one.error.code if one.error else "",
                        "missing": one.missing,
                        "text": one.ja,
                        "text_en": one.en,
                    }
                    for one in outcomes
                ]
            }
        )
    elif not site.backups:
        print("site.toml に [[backups]] がありません / site.toml names no backup")
    troubled = any(one.error or one.missing for one in outcomes) or not site.backups
    return ExitStatus.FINDINGS if troubled else ExitStatus.DONE


def _tell(outcome: Any) -> None:
    print(f"{outcome.name:<12} {outcome.generation or '-':<26} {outcome.ja}  {outcome.en}")
    if outcome.error and outcome.error.hint_ja:
        print(f"{'':12} → {outcome.error.hint_ja}  {outcome.error.hint_en}")
    if outcome.missing:
        print(
            f"{'':12} → 元の保存庫で失われていたデータが{outcome.missing}件あります。`renkei store check` を見てください。"
            f"  {outcome.missing} piece file(s) were lost in the store itself."
        )


def _list_generations(site: SiteConfig, args: argparse.Namespace) -> int:
    from appliance.errors import RenkeiError
    from appliance.store.backup_places import pool_of

    found = []
    for one in site.backups:
        if args.names and one.name not in args.names:
            continue
        try:
            found += [(one.name, generation.name) for generation in pool_of(site, one).generations()]
        except RenkeiError as error:
            print(error.for_terminal(), file=sys.stderr)
    if args.json:
        print_json({"generations": [{"backup": name, "generation": one} for name, one in found]})
    else:
        for name, generation_name in found:
            print(f"{name:<12} {generation_name}")
    return ExitStatus.DONE


def restore(args: argparse.Namespace) -> int:
    from appliance.clock import SystemClock
    from appliance.store import backup_keys, restoring
    from appliance.store.key_ring import KeyRing, store_key
    from appliance.store.preparing import key_for_new

    site, clock = read_site(args.site), SystemClock()
    pool = _pool(site, args.place)
    generation = restoring.choose(pool, args.generation)
    if args.key:
        certificate = args.certificate.read_bytes() if args.certificate else None
        opener = backup_keys.by_operator(args.key.read_bytes(), certificate)
    else:
        opener = backup_keys.by_box(store_key(site))
    if args.drill:
        with tempfile.TemporaryDirectory(
            dir=args.scratch or site.store.path.parent, prefix="drill-"
        ) as scratch:
            report = restoring.drill(pool, generation, opener, Path(scratch), clock)
    else:
        key = key_for_new(KeyRing.of_site(site), clock)
        report = restoring.restore(pool, generation, opener, site.store.path, key, clock)
    if args.json:
        print_json(_slots(report))
    else:
        _print_report(report, drill=args.drill)
    return ExitStatus.FINDINGS if report.findings else ExitStatus.DONE


def _print_report(report: Any, *, drill: bool) -> None:
    print(f"世代 / generation   {report.generation}  ({report.taken_at})")
    print(f"行 / rows           {report.rows}")
    print(f"ファイル / pieces   {report.pieces}")
    print(f"監査記録 / audit    {report.audit_rows}")
    for finding in report.findings:
        print(f"  ! {finding}")
    if drill:
        print(
            "試しただけで、保存庫はそのままです / a drill: the store is as it was"
            if report.findings
            else "このバックアップは戻せます。保存庫はそのままです / it can be restored; the store is as it was"
        )
        return
    print(f"以前の保存庫 / the old store  {report.aside or '-'}")
    print(f"ハブに確かめてから送るもの / asked about at the hub first  {report.doubtful}")
    print(
        f"→ {report.taken_at} より後に受け取ったファイル・同意書・撤回届は、この保存庫にありません。レセコンから出し直し、"
        "同意と撤回は紙の控えから入れ直してください。\n"
        f"  Files, consents and withdrawals after {report.taken_at} are not in this store: write the files again, and enter"
        " consents and withdrawals anew from their papers."
    )


def dispose(args: argparse.Namespace) -> int:
    from appliance.clock import SystemClock
    from appliance.store import backup_running, retention
    from appliance.store.db import open_store
    from appliance.store.key_ring import store_key

    site = read_site(args.site)
    with (
        backup_running.one_at_a_time(site),
        open_store(site.store.path, store_key(site), SystemClock()) as store,
    ):
        if args.dry_run:
            counts = retention.due(store, site.retention)
        else:
            backup_running.be_nice()
            counts = retention.dispose(store, site.retention)
    if args.json:
        print_json({"dry_run": args.dry_run, **_slots(counts)})
        return ExitStatus.DONE
    print("整理されるもの / would go" if args.dry_run else "整理したもの / disposed of")
    print(f"  ファイルの原文 / arrivals' bytes    {counts.arrivals}  ({counts.bytes} bytes)")
    print(f"  古い版の文書 / replaced documents   {counts.documents}")
    print(f"  送信の記録 / deliveries             {counts.deliveries}")
    return ExitStatus.DONE


def _pool(site: SiteConfig, place: str | None) -> Any:
    from appliance.store.backup_places import pool_of
    from appliance.store.backup_pool import Pool

    named = next((one for one in site.backups if place in (None, one.name)), None)
    if named is not None:
        return pool_of(site, named)
    if place is None:
        raise UsageError("--from で場所を指定してください。", "Name the place with --from.")
    folder = Path(place)
    own = folder / site.device_id
    return Pool(own if own.is_dir() else folder)


def _require_known(site: SiteConfig, names: list[str]) -> None:
    known = [one.name for one in site.backups]
    for name in names:
        if name not in known:
            raise UsageError(
                f"{name} というバックアップはありません。",
                f"There is no backup {name}.",
                hint_ja=f"site.toml にあるのは {'、'.join(known) or 'ありません'} です。",
                hint_en=f"site.toml names {', '.join(known) or 'none'}.",
            )


def _progress(words: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{words}", end="", file=sys.stderr, flush=True)


def _slots(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}
