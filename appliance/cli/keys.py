"""Commands about the key of the store: making, changing, recovering and destroying it."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from appliance.cli.output import print_json
from appliance.config import read_site
from appliance.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from appliance.store.erasing import Proof


def store_init(args: argparse.Namespace) -> int:
    from appliance.clock import SystemClock
    from appliance.store.key_ring import KeyRing
    from appliance.store.keys import load_key_file
    from appliance.store.preparing import Prepared, prepare, take_over
    from appliance.warnings import of_root

    ring = KeyRing.of_site(read_site(args.site))
    if args.key is not None:
        take_over(ring, load_key_file(args.key), SystemClock())
        done = "復旧した鍵をこの機器に封じました / the recovered key is sealed to this box"
    else:
        done = {
            Prepared.NOTHING: "保存庫と鍵はそろっています / store and key are in place",
            Prepared.SETTLED: "途中だった鍵の交換を片付けました / settled a change of the key that had been cut",
            Prepared.MADE: "保存庫と鍵を作りました / made the store and its key",
        }[prepare(ring, SystemClock())]
    print(f"{done}: {ring.store}")
    told = of_root(ring.root())
    print(f"{told.ja} / {told.en}")
    return ExitStatus.DONE


def store_rekey(args: argparse.Namespace) -> int:
    from appliance.clock import SystemClock
    from appliance.store.key_ring import KeyRing
    from appliance.store.rekeying import rekey

    ring = KeyRing.of_site(read_site(args.site))
    done = rekey(ring, SystemClock())
    print("保存庫の鍵を交換しました / the store has a new key")
    print(f"  前 / before  {done.before}\n  後 / after   {done.after}")
    if ring.escrow_file.exists():
        print(f"新しい控えを運用者に渡してください / hand the new escrow to the operator: {ring.escrow_file}")
    return ExitStatus.DONE


def store_recover(args: argparse.Namespace) -> int:
    from appliance.store.escrow import label_of, recovered

    try:
        escrow, private_key = args.escrow.read_bytes(), args.private_key.read_bytes()
        key = recovered(escrow, private_key)
        descriptor = os.open(args.out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise UsageError(
            f"{error.filename} を読めないか、すでにあります（{error.strerror}）。",
            f"{error.filename} cannot be read, or is there already ({error.strerror}).",
            hint_ja="--out には、まだないファイルを指定してください。",
            hint_en="--out names a file that is not there yet.",
        ) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
    label = label_of(escrow)
    print(f"{label.device} の鍵を取り出しました / recovered the key of {label.device}: {args.out}")
    print("使い終わったら消してください / remove it when done")
    return ExitStatus.DONE


def retire(args: argparse.Namespace) -> int:
    from appliance.clock import SystemClock
    from appliance.store.erasing import retire as retire_box
    from appliance.store.erasing import standing
    from appliance.store.key_ring import KeyRing

    ring, clock = KeyRing.of_site(read_site(args.site)), SystemClock()
    before = standing(ring, clock)
    unsent = "不明 / unknown" if before.unsent is None else str(before.unsent)
    for line in (
        f"機器 / device            {before.device}",
        f"鍵 / key                 {before.key or '―'}  ({before.root})",
        f"送っていない情報 / unsent  {unsent}",
        "この機器の保存庫は、二度と読めなくなります。 / The store on this box will never be read again.",
        f"続けるには機器の名前 {before.device} を入力してください。 / To go on, type the device's name.",
    ):
        print(line, file=sys.stderr)
    if sys.stdin.readline().strip() != before.device:
        raise UsageError(
            "機器の名前が違うため、何もしませんでした。", "That is not the device's name: nothing was done."
        )
    proof = retire_box(ring, clock)
    if args.json:
        print_json(asdict(proof) | {"anchor": _anchor(proof)})
    else:
        print("\n".join(_sheet(proof)))
    return ExitStatus.COULD_NOT if proof.opens else ExitStatus.DONE


def _anchor(proof: Proof) -> dict[str, object] | None:
    return None if proof.anchor is None else {"seq": proof.anchor.seq, "hash": proof.anchor.hash.hex()}


def _sheet(proof: Proof) -> list[str]:
    """The proof as it is printed, for the file of the box."""
    from appliance.warnings import OF_ERASED_PARTS

    fates = {"destroyed": "破棄 / destroyed", "absent": "なし / was not there", "stays": "残存 / STAYS"}
    trusted = "" if proof.clock_trusted else "（時計は未確認 / clock not trusted）"
    anchor = _anchor(proof)
    return [
        "連携ゲートウェイ 廃棄証明 / Renkei Gateway, proof of erasure",
        f"機器 / device        {proof.device}",
        f"日時 / time          {proof.at}{trusted}",
        f"鍵 / key             {proof.key or '―'}  ({proof.root})",
        f"監査の末尾 / audit    {anchor['seq']} {anchor['hash']}" if anchor else "監査の末尾 / audit    ―",
        *(f"{fates[one.fate]:<24}{OF_ERASED_PARTS[one.part]}  {one.where}" for one in proof.destroyed),
        "保存庫は、まだ開きます。機器を渡さないでください。 / THE STORE STILL OPENS. Do not hand the box over."
        if proof.opens
        else "保存庫は、この機器にあるものでは開きません。 / Nothing on this box opens the store.",
        *_remains(proof),
    ]


def _remains(proof: Proof) -> list[str]:
    """What the proof cannot promise."""
    from appliance.store.erasing import Fate, Part

    if any(one.part is Part.TPM and one.fate is Fate.DESTROYED for one in proof.destroyed):
        return [
            "TPMを初期化したので、記憶装置に残る写しも開けません。",
            "Copies that the flash may have kept are closed as well: the TPM was cleared.",
        ]
    return [
        "鍵をTPMで消せていません。記憶装置に古い写しが残りうるため、媒体を物理的に破壊してください。",
        "The key was not erased by a TPM, and flash may keep old copies: destroy the medium.",
    ]
