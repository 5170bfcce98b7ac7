"""Commands that are a service, and what an installer does about its sources."""

from __future__ import annotations

import argparse
import sys

from appliance.cli.output import opened
from appliance.config import read_site
from appliance.errors import ExitStatus, UsageError
from appliance.service import leave_no_dump


def run(args: argparse.Namespace) -> int:
    from appliance.clock import SystemClock
    from appliance.store.key_ring import KeyRing
    from appliance.store.preparing import Prepared, prepare
    from appliance.supervise import Supervisor

    leave_no_dump()
    site = read_site(args.site)
    if site.store.key_file is not None and prepare(KeyRing.of_site(site), SystemClock()) is Prepared.MADE:
        print(f"保存庫を作りました / made the store: {site.store.path}")
    print(f"画面 / kiosk: https://{site.kiosk.address}:{site.kiosk.port}/")
    Supervisor(args.site).run()
    return ExitStatus.DONE


def intake(args: argparse.Namespace) -> int:
    from appliance.intake.service import run_intake

    leave_no_dump()
    run_intake(read_site(args.site))
    return ExitStatus.DONE


def intake_password(args: argparse.Namespace) -> int:
    from getpass import getpass

    from appliance.store import audit, source_memory
    from appliance.store.audit import Event

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
    with opened(site) as store, store.transaction():
        source_memory.set_password(store, args.source, new)
        audit.append(
            store, Event.CONFIGURATION_CHANGED, changed=[f"sources.{args.source}.password"], first=False
        )
    print(
        "暗号化して保管しました。次につなぐときから使います。 / Kept, encrypted; used from the next connection on."
    )
    return ExitStatus.DONE


def intake_share(args: argparse.Namespace) -> int:
    from appliance.intake.files.accounts import prepare
    from appliance.intake.files.samba import SambaPlaces, shared

    site, places = read_site(args.site), SambaPlaces()
    prepare(site, places)
    for source in shared(site):
        print(f"\\\\{site.device_id}\\{source.name}  {source.folder}  {source.account}")
    print(f"{places.configuration} を書きました。 / Written.")
    return ExitStatus.DONE


def intake_share_account(args: argparse.Namespace) -> int:
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


def exchange(args: argparse.Namespace) -> int:
    from appliance.exchange.service import run_exchange

    leave_no_dump()
    run_exchange(read_site(args.site))
    return ExitStatus.DONE


def desk(args: argparse.Namespace) -> int:
    from appliance.desk.service import run_desk

    leave_no_dump()
    run_desk(read_site(args.site))
    return ExitStatus.DONE


def kiosk(args: argparse.Namespace) -> int:
    from appliance.kiosk.service import run_kiosk

    leave_no_dump()
    run_kiosk(read_site(args.site))
    return ExitStatus.DONE


def intake_capture(args: argparse.Namespace) -> int:
    from appliance.clock import SystemClock
    from appliance.intake.serial.capture import Capture, capture, devices

    if args.device is None:
        print(
            "\n".join(map(str, devices())) or "シリアル装置が見つかりません / no serial device is plugged in"
        )
        return ExitStatus.DONE
    capture(Capture(args.device, args.seconds, args.baud, args.show), SystemClock(), print)
    return ExitStatus.DONE
