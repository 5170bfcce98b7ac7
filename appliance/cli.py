"""`renkei …`: argument parsing and calls, nothing else.

Exit status: 0 done, 1 done with findings, 2 wrong usage or configuration, 3 could not.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from appliance import __version__
from appliance.config import DEFAULT_MASTERS_FILE, DEFAULT_SITE_FILE, SiteConfig, read_site
from appliance.errors import ExitStatus, RenkeiError, UsageError
from appliance.files import open_file
from appliance.records.readable import Readable

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; every error the product raises on purpose ends as words and an exit status."""
    parsed = _parser().parse_args(arguments)
    command: Command = parsed.command
    try:
        return command(parsed)
    except RenkeiError as error:
        print(error.for_terminal(), file=sys.stderr)
        return error.exit_status
    except BrokenPipeError:
        sys.stderr.close()
        return ExitStatus.DONE


# --- files ------------------------------------------------------------------------------------------


def _inspect(args: argparse.Namespace) -> int:
    from appliance.formats.report import group_text, inspect_reports, report_text

    with ExitStack() as stack:
        files = [(path.name, stack.enter_context(_file_of(path))) for path in args.files]
        reports, groups = inspect_reports(files)
    if args.json:
        _print_json({"files": reports, "together": groups})
    else:
        print("\n\n".join([*map(report_text, reports), *map(group_text, groups)]))
    worst = {finding["severity"] for report in (*reports, *groups) for finding in _findings(report)}
    return ExitStatus.FINDINGS if worst & {"warning", "error"} else ExitStatus.DONE


def _findings(report: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = report["findings"]
    return found


def _convert(args: argparse.Namespace) -> int:
    if args.to == "ssmix2":
        return _convert_to_storage(args)
    from appliance.exchange.convert import convert_files

    summary = convert_files(args.files, args.out, args.facility, args.masters)
    print(summary.text())
    return ExitStatus.FINDINGS if summary.findings else ExitStatus.DONE


def _convert_to_storage(args: argparse.Namespace) -> int:
    from appliance.exchange.ssmix2.conversion import convert_to_storage

    summary = convert_to_storage(args.files, args.out, args.facility, args.masters)
    print(summary.text())
    return ExitStatus.FINDINGS if summary.findings else ExitStatus.DONE


def _explain(args: argparse.Namespace) -> int:
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


def _masters_build(args: argparse.Namespace) -> int:
    from appliance.codes.command import build_masters

    print(build_masters(args.folder, args.out).text())
    return ExitStatus.DONE


def _masters_lookup(args: argparse.Namespace) -> int:
    from appliance.codes.command import lookup_codes

    reports = lookup_codes(args.masters, args.codes)
    print("\n".join(report.text() for report in reports))
    return ExitStatus.DONE if all(report.entries for report in reports) else ExitStatus.FINDINGS


def _practice(args: argparse.Namespace) -> int:
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


class _ListFormats(argparse.Action):
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


# --- services ---------------------------------------------------------------------------------------


def _run(args: argparse.Namespace) -> int:
    from appliance.clock import SystemClock
    from appliance.store import keys
    from appliance.store.db import create_store
    from appliance.supervise import Supervisor

    site = read_site(args.site)
    if not site.store.path.exists() and site.store.key_file is not None:
        key = (
            keys.load_key(site.store.key_file)
            if site.store.key_file.exists()
            else keys.create_key(site.store.key_file)
        )
        create_store(site.store.path, key, SystemClock()).close()
        print(f"保存庫を作りました / made the store: {site.store.path}")
    print(f"画面 / kiosk: https://{site.kiosk.address}:{site.kiosk.port}/")
    Supervisor(args.site).run()
    return ExitStatus.DONE


def _intake(args: argparse.Namespace) -> int:
    from appliance.intake.service import run_intake

    run_intake(read_site(args.site))
    return ExitStatus.DONE


def _intake_password(args: argparse.Namespace) -> int:
    from getpass import getpass

    from appliance.store import source_memory

    site = read_site(args.site)
    if args.source not in {source.name for source in site.sources}:
        known = "、".join(source.name for source in site.sources)
        raise UsageError(
            f"{args.source} という取り込み元はありません。",
            f"There is no source {args.source}.",
            hint_ja=f"site.toml にあるのは {known} です。",
            hint_en=f"site.toml names {known}.",
        )
    asked = "パスワード / password: "
    new = getpass(asked) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    with _opened(site) as store, store.transaction():
        source_memory.set_password(store, args.source, new)
    print(
        "暗号化して保管しました。次につなぐときから使います。 / Kept, encrypted; used from the next connection on."
    )
    return ExitStatus.DONE


def _intake_share(args: argparse.Namespace) -> int:
    from appliance.intake.files.accounts import prepare
    from appliance.intake.files.samba import SambaPlaces, shared

    site, places = read_site(args.site), SambaPlaces()
    prepare(site, places)
    for source in shared(site):
        print(f"\\\\{site.device_id}\\{source.name}  {source.folder}  {source.account}")
    print(f"{places.configuration} を書きました。 / Written.")
    return ExitStatus.DONE


def _intake_share_account(args: argparse.Namespace) -> int:
    from appliance.intake.files.accounts import give_account
    from appliance.intake.files.samba import SambaPlaces

    site = read_site(args.site)
    account = give_account(site, args.account, SambaPlaces())
    for share in account.shares:
        print(f"共有 / share        \\\\{site.device_id}\\{share}")
    print(f"利用者 / user       {account.name}")
    print(f"パスワード / password {account.password}")
    print("この画面を閉じると二度と表示できません。 / It is not shown again.")
    return ExitStatus.DONE


def _exchange(args: argparse.Namespace) -> int:
    from appliance.exchange.service import run_exchange

    run_exchange(read_site(args.site))
    return ExitStatus.DONE


def _desk(args: argparse.Namespace) -> int:
    from appliance.desk.service import run_desk

    run_desk(read_site(args.site))
    return ExitStatus.DONE


def _kiosk(args: argparse.Namespace) -> int:
    from appliance.kiosk.service import run_kiosk

    run_kiosk(read_site(args.site))
    return ExitStatus.DONE


def _intake_capture(args: argparse.Namespace) -> int:
    from appliance.clock import SystemClock
    from appliance.intake.serial.capture import Capture, capture, devices

    if args.device is None:
        print(
            "\n".join(map(str, devices())) or "シリアル装置が見つかりません / no serial device is plugged in"
        )
        return ExitStatus.DONE
    capture(Capture(args.device, args.seconds, args.baud, args.show), SystemClock(), print)
    return ExitStatus.DONE


# --- the box ----------------------------------------------------------------------------------------


def _opened(site: SiteConfig) -> Any:
    from appliance.clock import SystemClock
    from appliance.store import keys
    from appliance.store.db import open_store

    return closing(open_store(site.store.path, keys.load_key(site.store.key_file), SystemClock()))


def _status(args: argparse.Namespace) -> int:
    from appliance.desk.status import status_lines
    from appliance.limits import LIST_MAX_ROWS
    from appliance.store import unmapped

    site = read_site(args.site)
    if args.metrics:
        from appliance.desk.measuring import metrics_text

        with _opened(site) as store:
            print(metrics_text(site, store), end="")
        return ExitStatus.DONE
    with _opened(site) as store:
        lines = status_lines(site, store)
        unknown = unmapped.listed(store, LIST_MAX_ROWS)
    if args.json:
        _print_json(
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


def _queue_list(args: argparse.Namespace) -> int:
    from appliance.limits import LIST_MAX_ROWS
    from appliance.store import deliveries
    from appliance.store.deliveries import State

    states = (
        [State(args.state)]
        if args.state
        else [s for s in State if s not in (State.DELIVERED, State.WITHDRAWN)]
    )
    with _opened(read_site(args.site)) as store:
        listed = deliveries.listed(store, states, LIST_MAX_ROWS)
        counts = deliveries.counts(store)
    if args.json:
        _print_json({"counts": counts, "deliveries": [_slots(one) for one in listed]})
        return ExitStatus.DONE
    print("  ".join(f"{state}: {counts.get(state, 0)}" for state in State))
    for one in listed:
        print(
            f"{one.id:>8}  {one.kind:<8} {one.state:<9} {one.reason:<16} {one.attempts:>3}×  {one.created_at}"
        )
    return ExitStatus.DONE


def _queue_show(args: argparse.Namespace) -> int:
    from appliance.store import deliveries
    from appliance.store.review import existing_delivery

    with _opened(read_site(args.site)) as store:
        existing_delivery(store, args.id)
        one = deliveries.get(store, args.id)
    for name in one.__slots__:
        print(f"{name:<12} {getattr(one, name)}")
    return ExitStatus.DONE


def _queue_replay(args: argparse.Namespace) -> int:
    from appliance.store.review import replay
    from appliance.store.rules import RulesFile

    site = read_site(args.site)
    with _opened(site) as store:
        rules = RulesFile(site.network).current()
        for number in args.ids:
            print(f"{number}: {replay(store, rules, number)}")
    return ExitStatus.DONE


def _queue_discard(args: argparse.Namespace) -> int:
    from appliance.store.review import discard

    with _opened(read_site(args.site)) as store:
        discard(store, args.id, args.reason)
    print(f"{args.id}: 破棄しました / discarded")
    return ExitStatus.DONE


def _quarantine_list(args: argparse.Namespace) -> int:
    from appliance.store import arrivals
    from appliance.store.arrivals import ArrivalState

    with _opened(read_site(args.site)) as store:
        found = arrivals.in_state(store, ArrivalState.QUARANTINED, ArrivalState.PARTLY)
    if args.json:
        _print_json(
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


def _quarantine_show(args: argparse.Namespace) -> int:
    from appliance.intake.understand import note_for
    from appliance.store.review import existing_arrival

    with _opened(read_site(args.site)) as store:
        print(note_for(existing_arrival(store, args.id)))
    return ExitStatus.DONE


def _quarantine_retry(args: argparse.Namespace) -> int:
    from appliance.store.review import retry_arrival

    with _opened(read_site(args.site)) as store:
        retry_arrival(store, args.id)
    print(f"{args.id}: 読み直します / will be read again")
    return ExitStatus.DONE


def _store_check(args: argparse.Namespace) -> int:
    with _opened(read_site(args.site)) as store:
        findings = store.integrity_findings()
    print("\n".join(findings) if findings else "保存庫に誤りはありません / the store is whole")
    return ExitStatus.FINDINGS if findings else ExitStatus.DONE


def _audit_verify(args: argparse.Namespace) -> int:
    from appliance.store import audit

    with _opened(read_site(args.site)) as store:
        broken = audit.verify(store)
    print(
        f"最初の誤り / first bad row: {broken}"
        if broken
        else "監査記録に誤りはありません / the audit chain is whole"
    )
    return ExitStatus.FINDINGS if broken else ExitStatus.DONE


def _config_check(args: argparse.Namespace) -> int:
    from appliance.sources import remarks

    site = read_site(args.site)
    print(
        f"{args.site}: 問題ありません / no mistakes ({len(site.facilities)} facilities, {len(site.sources)} sources)"
    )
    told = [remark for source in site.sources for remark in remarks(source)]
    for remark in told:
        print(f"[{remark.level:<7}] {remark.source:<16} {remark.ja}\n{'':27}{remark.en}")
    return ExitStatus.FINDINGS if any(one.level == "warning" for one in told) else ExitStatus.DONE


def _config_show(args: argparse.Namespace) -> int:
    from appliance.config import origins

    for name, value, origin in origins(read_site(args.site), args.site):
        print(f"{name:<40} {value:<48} {origin}")
    return ExitStatus.DONE


def _doctor(args: argparse.Namespace) -> int:
    from appliance.health.doctor import examine

    results = examine(args.site)
    if args.json:
        _print_json({"checks": [_slots(one) for one in results]})
    else:
        for one in results:
            print(f"[{one.level:<7}] {one.name:<16} {one.ja}  {one.en}")
            if one.hint_ja:
                print(f"{'':27}→ {one.hint_ja}  {one.hint_en}")
    troubled = any(one.level in ("warning", "error") for one in results)
    return ExitStatus.FINDINGS if troubled else ExitStatus.DONE


# --- parsing ----------------------------------------------------------------------------------------


@contextmanager
def _file_of(path: Path) -> Iterator[Readable]:
    try:
        with open_file(path) as content:
            yield content
    except OSError as error:
        raise UsageError(
            f"{path} を読めません。",
            f"{path} cannot be read.",
            hint_ja="場所と読み取り権限を確かめてください。",
        ) from error


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="renkei",
        description="連携ゲートウェイ: レセコンと地域医療情報連携ネットワークをつなぐ機器のコマンド / the gateway's command line",
    )
    parser.add_argument("--version", action="version", version=f"renkei {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    inspect = _command(commands, "inspect", _inspect, "このファイルは何か / what is this file?")
    inspect.add_argument("files", nargs="+", type=Path, metavar="FILE")
    inspect.add_argument("--json", action="store_true")

    convert = _command(
        commands, "convert", _convert, "ファイルを送信形に変換 / the same bytes as the box would send them"
    )
    convert.add_argument("files", nargs="+", type=Path, metavar="FILE")
    convert.add_argument("--to", choices=["fhir", "ssmix2"], required=True)
    convert.add_argument("--out", type=Path, required=True, metavar="DIR")
    convert.add_argument("--masters", type=Path, metavar="FILE", help="map the codes with these masters")
    convert.add_argument("--facility", metavar="10DIGITS", help="only this facility's documents")

    consent = _group(commands, "consent", "同意 / consent")
    explain = _command(consent, "explain", _explain, "判定の説明 / explain decisions (JSON lines)")
    explain.add_argument("file", type=Path, metavar="FILE", help="'-' is standard input")

    masters = _group(commands, "masters", "コードマスター / code masters")
    build = _command(
        masters, "build", _masters_build, "公開マスターを一つのファイルに / compile published masters"
    )
    build.add_argument("folder", type=Path, metavar="DIR")
    build.add_argument("--out", type=Path, required=True, metavar="FILE")
    look = _command(masters, "lookup", _masters_lookup, "コードを引く / look codes up")
    look.add_argument("codes", nargs="+", metavar="CODE")
    look.add_argument("--masters", type=Path, default=DEFAULT_MASTERS_FILE, metavar="FILE")

    _practice_commands(commands)

    for name, function, words in (
        ("run", _run, "すべてのサービスを一つの端末で / all services in one terminal"),
        ("exchange", _exchange, "配信と照会 / deliver and look up"),
        ("desk", _desk, "画面の問い合わせに答える / answer the kiosk's questions"),
        ("kiosk", _kiosk, "画面 / the web page"),
    ):
        _site(_command(commands, name, function, words))

    _intake_commands(commands)

    status = _command(
        commands, "status", _status, "状態を五行で / five lines: sources, queue, tunnel, hub, box"
    )
    _with_json(_site(status)).add_argument(
        "--metrics",
        action="store_true",
        help="数値を Prometheus の形で / the figures in Prometheus' text format",
    )
    _with_json(_site(_command(commands, "doctor", _doctor, "点検 / every check, one line each")))

    queue = _group(commands, "queue", "配信 / deliveries")
    listing = _with_json(_site(_command(queue, "list", _queue_list, "一覧 / list")))
    listing.add_argument(
        "--state", choices=["held", "ready", "claimed", "doubtful", "delivered", "refused", "withdrawn"]
    )
    _site(_command(queue, "show", _queue_show, "一件 / one")).add_argument("id", type=int)
    _site(_command(queue, "replay", _queue_replay, "再送 / send again")).add_argument(
        "ids", type=int, nargs="+"
    )
    discard = _site(_command(queue, "discard", _queue_discard, "破棄（理由が必要） / discard, with a reason"))
    discard.add_argument("id", type=int)
    discard.add_argument("--reason", required=True)

    quarantine = _group(commands, "quarantine", "読み取れなかったファイル / arrivals not understood")
    _with_json(_site(_command(quarantine, "list", _quarantine_list, "一覧 / list")))
    _site(_command(quarantine, "show", _quarantine_show, "理由 / why")).add_argument("id", type=int)
    _site(_command(quarantine, "retry", _quarantine_retry, "読み直す / read again")).add_argument(
        "id", type=int
    )

    store = _group(commands, "store", "保存庫 / the encrypted store")
    _site(_command(store, "check", _store_check, "検査 / check every page"))
    audit = _group(commands, "audit", "監査記録 / the audit chain")
    _site(_command(audit, "verify", _audit_verify, "検証 / verify; names the first bad row"))
    config = _group(commands, "config", "設定 / configuration")
    _site(_command(config, "check", _config_check, "検査 / check"))
    _site(_command(config, "show", _config_show, "表示 / show, with origins"))
    return parser


def _intake_commands(commands: Any) -> None:
    """`renkei intake` alone is the service; its sub-commands are the installer's."""
    intake = _site(
        _command(commands, "intake", _intake, "取り込みのサービス / the service that takes data in")
    )
    further = intake.add_subparsers(metavar="COMMAND")
    password = _command(
        further, "password", _intake_password, "取り込み元のパスワードを預ける / keep a source's password"
    )
    _site(password).add_argument("source", metavar="SOURCE", help="a name of site.toml")
    capture = _command(
        further,
        "capture",
        _intake_capture,
        "シリアル装置の通信を聞き取り、設定を見つける / listen to a serial device and find its settings",
    )
    capture.add_argument(
        "device", nargs="?", type=Path, metavar="DEVICE", help="without it: list the devices"
    )
    capture.add_argument(
        "--seconds", type=float, default=180.0, metavar="S", help="how long in all (default 180)"
    )
    capture.add_argument("--baud", type=int, default=0, metavar="BPS", help="only this baud rate")
    capture.add_argument("--show", action="store_true", help="show what is heard: it may hold personal data")
    _site(
        _command(
            further,
            "share",
            _intake_share,
            "この機器の共有フォルダーを用意 / set up the box's own share (root)",
        )
    )
    account = _command(
        further,
        "share-account",
        _intake_share_account,
        "レセコン用の共有のパスワードを発行（一度だけ表示） / a new password for a receipt computer, shown once (root)",
    )
    _site(account).add_argument("account", metavar="NAME", help="an account of site.toml")


def _practice_commands(commands: Any) -> None:
    practice = _group(commands, "practice", "練習用データ / practice data")
    patients = _command(
        practice, "patients", _practice, "架空の患者とそのデータ / made-up patients and their files"
    )
    patients.add_argument("--count", type=int, required=True, metavar="N")
    patients.add_argument("--seed", type=int, required=True, metavar="S")
    patients.add_argument("--out", type=Path, required=True, metavar="DIR")
    patients.add_argument("--months", type=int, default=3, metavar="M", help="care months (default 3)")
    patients.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="FAULT",
        help="half, wrong-facility, gaiji, mojibake, duplicate, correction or cancellation; may be repeated",
    )
    patients.add_argument(
        "--formats",
        nargs="+",
        default=[],
        metavar="FORMAT",
        help="uke-ika, uke-chozai, uke-shika, uke-dpc, nsips, jahis-tc, jahis-rx, hl7-lab, astm, cda, kenshin, orca "
        "(default: all)",
    )
    patients.add_argument(
        "--list-formats", action=_ListFormats, nargs=0, help="where the files of each format lie, then end"
    )


def _command(commands: Any, name: str, function: Command, words: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=words, description=words)
    parser.set_defaults(command=function)
    return parser


def _group(commands: Any, name: str, words: str) -> Any:
    return commands.add_parser(name, help=words, description=words).add_subparsers(
        required=True, metavar="COMMAND"
    )


def _site(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--site", type=Path, default=DEFAULT_SITE_FILE, metavar="FILE", help="site.toml")
    return parser


def _with_json(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--json", action="store_true")
    return parser
