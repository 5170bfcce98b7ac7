"""Every command with its options and its one line of help, Japanese first."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from appliance import __version__
from appliance.channels import ChannelKind
from appliance.cli import audit, box, files, keys, queue, services, storekeeping
from appliance.config import DEFAULT_MASTERS_FILE, DEFAULT_SITE_FILE

Command = Callable[[argparse.Namespace], int]


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="renkei",
        description="連携ゲートウェイ: レセコンと地域医療情報連携ネットワークをつなぐ機器のコマンド / the gateway's command line",
    )
    parser.add_argument("--version", action="version", version=f"renkei {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    inspect = _command(commands, "inspect", files.inspect, "このファイルは何か / what is this file?")
    inspect.add_argument("files", nargs="+", type=Path, metavar="FILE")
    inspect.add_argument("--json", action="store_true")

    convert = _command(
        commands,
        "convert",
        files.convert,
        "ファイルを送信形に変換 / the same bytes as the box would send them",
    )
    convert.add_argument("files", nargs="+", type=Path, metavar="FILE")
    convert.add_argument("--to", choices=["fhir", "ssmix2"], required=True)
    convert.add_argument("--out", type=Path, required=True, metavar="DIR")
    convert.add_argument("--masters", type=Path, metavar="FILE", help="map the codes with these masters")
    convert.add_argument("--facility", metavar="10DIGITS", help="only this facility's documents")

    consent = _group(commands, "consent", "同意 / consent")
    explain = _command(consent, "explain", files.explain, "判定の説明 / explain decisions (JSON lines)")
    explain.add_argument("file", type=Path, metavar="FILE", help="'-' is standard input")

    masters = _group(commands, "masters", "コードマスター / code masters")
    build = _command(
        masters, "build", files.masters_build, "公開マスターを一つのファイルに / compile published masters"
    )
    build.add_argument("folder", type=Path, metavar="DIR")
    build.add_argument("--out", type=Path, required=True, metavar="FILE")
    look = _command(masters, "lookup", files.masters_lookup, "コードを引く / look codes up")
    look.add_argument("codes", nargs="+", metavar="CODE")
    look.add_argument("--masters", type=Path, default=DEFAULT_MASTERS_FILE, metavar="FILE")

    _practice_commands(commands)

    for name, function, words in (
        ("run", services.run, "すべてのサービスを一つの端末で / all services in one terminal"),
        ("exchange", services.exchange, "配信と照会 / deliver and look up"),
        ("desk", services.desk, "画面の問い合わせに答える / answer the kiosk's questions"),
        ("kiosk", services.kiosk, "画面 / the web page"),
    ):
        _site(_command(commands, name, function, words))

    _intake_commands(commands)

    status = _command(
        commands, "status", box.status, "状態を五行で / five lines: sources, queue, tunnel, hub, box"
    )
    _with_json(_site(status)).add_argument(
        "--metrics",
        action="store_true",
        help="数値を Prometheus の形で / the figures in Prometheus' text format",
    )
    _with_json(_site(_command(commands, "doctor", box.doctor, "点検 / every check, one line each")))

    _queue_commands(commands)

    quarantine = _group(commands, "quarantine", "読み取れなかったファイル / arrivals not understood")
    _with_json(_site(_command(quarantine, "list", box.quarantine_list, "一覧 / list")))
    _site(_command(quarantine, "show", box.quarantine_show, "理由 / why")).add_argument("id", type=int)
    _site(_command(quarantine, "retry", box.quarantine_retry, "読み直す / read again")).add_argument(
        "id", type=int
    )

    store = _group(commands, "store", "保存庫 / the encrypted store")
    storekeeping.add_commands(store, _command, _site, _with_json)
    _key_commands(commands, store)
    _audit_commands(commands)
    config = _group(commands, "config", "設定 / configuration")
    _site(_command(config, "check", box.config_check, "検査 / check"))
    _site(_command(config, "show", box.config_show, "表示 / show, with origins"))
    return parser


def _queue_commands(commands: Any) -> None:
    group = _group(commands, "queue", "配信 / deliveries")
    listing = _with_json(_site(_command(group, "list", queue.queue_list, "一覧 / list")))
    states = ["held", "ready", "claimed", "doubtful", "delivered", "refused", "withdrawn"]
    listing.add_argument("--state", choices=states)
    _which(listing)
    show = _with_json(
        _site(
            _command(
                group, "show", queue.queue_show, "一件と、断られた理由 / one, and why the hub refused it"
            )
        )
    )
    show.add_argument("id", type=int)
    show.add_argument(
        "--words", action="store_true", help="the hub's own words as well: they may hold personal data"
    )
    again = _site(
        _command(
            group,
            "replay",
            queue.queue_replay,
            "再送。番号で選ぶとすぐに、条件で選ぶと --yes で / send again: by number at once, by filter with --yes",
        )
    )
    again.add_argument("ids", type=int, nargs="*", metavar="ID")
    again.add_argument(
        "--preview", action="store_true", help="何が変わるかだけを見る / only show what would be different"
    )
    again.add_argument(
        "--yes", action="store_true", help="条件で選んだものを送る / send what the filters pick"
    )
    _which(again)
    discard = _site(
        _command(group, "discard", queue.queue_discard, "破棄（理由が必要） / discard, with a reason")
    )
    discard.add_argument("ids", type=int, nargs="+", metavar="ID")
    discard.add_argument("--reason", required=True)


def _which(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--code", metavar="CODE", help="断られた理由のコード / an issue code of the refusal")
    parser.add_argument("--kind", choices=["consent", "audit", "identity", "put", "replace", "remove"])
    parser.add_argument("--channel", choices=[one.value for one in ChannelKind])
    parser.add_argument(
        "--day",
        type=date.fromisoformat,
        metavar="YYYY-MM-DD",
        help="その日に今の状態になったもの / that day's",
    )


def _intake_commands(commands: Any) -> None:
    """`renkei intake` alone is the service; its sub-commands are the installer's."""
    intake = _site(
        _command(commands, "intake", services.intake, "取り込みのサービス / the service that takes data in")
    )
    further = intake.add_subparsers(metavar="COMMAND")
    password = _command(
        further,
        "password",
        services.intake_password,
        "取り込み元のパスワードを預ける / keep a source's password",
    )
    _site(password).add_argument("source", metavar="SOURCE", help="a name of site.toml")
    capture = _command(
        further,
        "capture",
        services.intake_capture,
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
            services.intake_share,
            "この機器の共有フォルダーを用意 / set up the box's own share (root)",
        )
    )
    account = _command(
        further,
        "share-account",
        services.intake_share_account,
        "レセコン用の共有のパスワードを発行（一度だけ表示） / a new password for a receipt computer, shown once (root)",
    )
    _site(account).add_argument("account", metavar="NAME", help="an account of site.toml")


def _key_commands(commands: Any, store: Any) -> None:
    init = _command(
        store,
        "init",
        keys.store_init,
        "鍵と保存庫を用意（起動のたび、サービスの前に） / make key and store; settle what was cut (at every boot, root)",
    )
    _site(init).add_argument(
        "--key",
        type=Path,
        metavar="FILE",
        help="a recovered key: seal it to this box for the store that lies there",
    )
    _site(
        _command(
            store,
            "rekey",
            keys.store_rekey,
            "保存庫の鍵を交換（サービスを止めて） / give the store a new key, services stopped (root)",
        )
    )
    recover = _command(
        store,
        "recover",
        keys.store_recover,
        "運用者の机で: 控えから鍵を取り出す / at the operator's desk: the key out of an escrow",
    )
    recover.add_argument("escrow", type=Path, metavar="ESCROW")
    recover.add_argument("--private-key", type=Path, required=True, metavar="PEM")
    recover.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="for the key, 0600; must not exist"
    )
    retire = _command(
        commands,
        "retire",
        keys.retire,
        "機器の廃棄: 鍵を破棄し、証明を印字 / the box's end: destroy its keys and print a proof (root)",
    )
    _with_json(_site(retire))


def _audit_commands(commands: Any) -> None:
    group = _group(commands, "audit", "監査記録 / the audit chain")
    verify = _with_json(
        _site(_command(group, "verify", audit.verify, "検証 / verify; names the first bad row"))
    )
    verify.add_argument(
        "--anchor",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="signed anchors as the operator received them, a JSON object a line; may be repeated",
    )
    verify.add_argument(
        "--ca", type=Path, metavar="FILE", help="CA of the box's certificates (default: hub.ca)"
    )
    verify.add_argument(
        "--device",
        action="append",
        default=[],
        metavar="ID",
        help="a former device_id of this store; may be repeated",
    )
    export = _site(
        _command(
            group, "export", audit.export, "書き出し（これも監査される） / write rows out; itself audited"
        )
    )
    export.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="a new file; '-' is standard output"
    )
    export.add_argument(
        "--format", choices=["jsonl", "dicom"], default="jsonl", help="a line a row, or a message"
    )
    export.add_argument("--first", type=int, default=1, metavar="N", help="first row")
    export.add_argument(
        "--last", type=int, default=0, metavar="N", help="last row (default: the last there is)"
    )
    export.add_argument(
        "--since", default="", metavar="DAY", help="rows of this day (YYYY-MM-DD, JST) and later"
    )
    export.add_argument("--until", default="", metavar="DAY", help="rows of this day and earlier")
    export.add_argument(
        "--with-patients",
        action="store_true",
        help="name the patients (without it: keyed hashes); needs --reason",
    )
    export.add_argument("--reason", default="", metavar="TEXT", help="why; written into the audit")


def _practice_commands(commands: Any) -> None:
    practice = _group(commands, "practice", "練習用データ / practice data")
    patients = _command(
        practice, "patients", files.practice, "架空の患者とそのデータ / made-up patients and their files"
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
        "--list-formats",
        action=files.ListFormats,
        nargs=0,
        help="where the files of each format lie, then end",
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
