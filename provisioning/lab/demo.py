"""`make demo`: the main job end to end, with real parts, on this machine.

Two practice clinics get their claim files; two patients in three agree; their data, and nobody else's, reach the hub.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from appliance.practice.facilities import CLINIC_A
from appliance.store import arrivals, deliveries
from provisioning.lab.network import LOGIN, Box, PracticeNetwork
from provisioning.lab.truth import Held, clinical, expected, held_by, newest_documents, without_meta

FOLDER = Path(".demo")
PATIENTS = 40
MONTHS = 3
WITHIN_S = 300.0
NOT_EVERY = 3
"""Every third patient does not agree."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the demo counted, and whether the hub holds what it should."""

    files: int
    claims: int
    patients: int
    consenting: int
    held: int
    delivered: int
    at_hub: int
    missing: int
    unexpected: int
    different: int
    who: dict[str, set[str]] = field(repr=False)
    """The Patient resource ids of those who agreed, by clinic."""

    @property
    def right(self) -> bool:
        return not (self.missing or self.unexpected or self.different) and self.at_hub > 0

    def table(self) -> str:
        rows = (
            ("取り込んだファイル", "files taken in", self.files),
            ("レセプト", "claims", self.claims),
            ("患者 / うち同意", "patients / who agreed", f"{self.patients} / {self.consenting}"),
            ("同意がなく保留", "held for lack of consent", self.held),
            ("配信済み", "delivered", self.delivered),
            ("ハブが実際に持つリソース", "resources the hub really holds", self.at_hub),
            ("  足りない", "missing", self.missing),
            ("  同意のない患者のもの・余分", "of others, or unexpected", self.unexpected),
            ("  内容が違う", "different in content", self.different),
        )
        lines = [f"  {_padded(ja, 30)}{_padded(en, 34)}{value!s:>10}" for ja, en, value in rows]
        return "\n".join(["", *lines, ""])


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the table")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    args = parser.parse_args()
    shutil.rmtree(args.folder, ignore_errors=True)
    say("架空の患者とレセプトを作ります", "making patients and claims that do not exist")
    with PracticeNetwork(args.folder.resolve(), PATIENTS, MONTHS) as network:
        say("練習用ハブと2か所の機器を起動します", "starting the practice hub and two boxes")
        network.wait_until_desks_answer()
        outcome = run(network)
        print(outcome.table())
        say(*(("合っています", "this is right") if outcome.right else ("合いません", "THIS IS WRONG")))
        if outcome.right and not args.once:
            stay(network)
    return 0 if outcome.right else 1


def run(network: PracticeNetwork) -> Outcome:
    """Files in, consents, more files, until nothing waits; then count."""
    say("最初の月のレセプトをフォルダーに置きます", "dropping the first month's claim files")
    drop(network, lambda months: months[:1])
    say("患者の3人に2人が、説明を受けて同意に署名します", "two patients in three are told, agree and sign")
    consenting = {box.facility.folder: agree_two_in_three(network, box) for box in network.boxes.values()}
    say("残りの月のレセプトを置きます", "dropping the other months' claim files")
    drop(network, lambda months: months[1:])
    say("配信が終わるのを待ちます", "waiting until everything due has been delivered")
    network.wait_until(
        lambda: all(is_idle(box) for box in network.boxes.values()), WITHIN_S, "the queues are empty"
    )
    return count(network, consenting)


def drop(network: PracticeNetwork, chosen: Callable[[list[str]], list[str]]) -> None:
    """Put a part of each clinic's files into its folder as a receipt computer does, and wait until they are taken."""
    for box in network.boxes.values():
        files = network.claim_files(box.facility)
        months = sorted({file.parent.parent.name for file in files})
        wanted = chosen(months)
        for file in files:
            if file.parent.parent.name in wanted:
                put_file(box, file)
    network.wait_until(
        lambda: all(is_taken(box) for box in network.boxes.values()), WITHIN_S, "the files are taken"
    )


def put_file(box: Box, file: Path) -> None:
    """Write a file into the drop folder in two halves, under a folder of its month and payer."""
    target = box.drop / file.parent.parent.name / file.parent.name / file.name
    target.parent.mkdir(parents=True, exist_ok=True)
    content = file.read_bytes()
    with target.open("wb") as out:
        out.write(content[: len(content) // 2])
        out.flush()
        time.sleep(0.2)
        out.write(content[len(content) // 2 :])


def agree_two_in_three(network: PracticeNetwork, box: Box) -> set[str]:
    """The Patient resource ids of those who agreed."""
    with box.store() as store:
        patients = store.rows("SELECT id, resource_id FROM patients ORDER BY id")
    agreed = [(number, resource) for index, (number, resource) in enumerate(patients) if index % NOT_EVERY]
    for number, _ in agreed:
        network.patiently(partial(box.agree, number))
    return {resource for _, resource in agreed}


def is_taken(box: Box) -> bool:
    """Whether no file waits in the drop folder and everything received has been understood."""
    waiting = [
        path
        for path in box.drop.rglob("*.UKE")
        if path.relative_to(box.drop).parts[0] not in ("done", "quarantine")
    ]
    if waiting:
        return False
    with box.store() as store:
        return not arrivals.counts(store).get("received")


def is_idle(box: Box) -> bool:
    """Whether nothing is in the queue."""
    with box.store() as store:
        counts = deliveries.counts(store)
    return not any(counts.get(state) for state in deliveries.QUEUE)


def count(network: PracticeNetwork, consenting: dict[str, set[str]]) -> Outcome:
    should: dict[Held, Any] = {}
    files = claims = patients = held = delivered = 0
    for box in network.boxes.values():
        documents = newest_documents(network.claim_files(box.facility))
        should |= expected(documents, consenting[box.facility.folder])
        with box.store() as store:
            files += arrivals.counts(store).get("understood", 0)
            claims += store.value("SELECT count(*) FROM documents WHERE state = 'current'")
            patients += store.value("SELECT count(*) FROM patients")
            held += deliveries.counts(store).get("held", 0)
            delivered += deliveries.counts(store).get("delivered", 0)
    does = clinical(held_by(network.hub))
    plain_should, plain_does = without_meta(should), without_meta(does)
    return Outcome(
        files=files,
        claims=claims,
        patients=patients,
        consenting=sum(map(len, consenting.values())),
        held=held,
        delivered=delivered,
        at_hub=len(does),
        missing=len(should.keys() - does.keys()),
        unexpected=len(does.keys() - should.keys()),
        who=consenting,
        different=sum(plain_should[key] != plain_does[key] for key in should.keys() & does.keys()),
    )


def stay(network: PracticeNetwork) -> None:
    """Keep everything running until Ctrl-C, and say how to get in."""
    box = network.boxes[CLINIC_A.folder]
    kiosk = box.site.kiosk
    print(
        f"  画面 / kiosk     https://{kiosk.address}:{kiosk.port}/  （証明書は練習用 / practice certificate）"
    )
    print(f"  施設 / facility  {box.facility.name}")
    print(f"  名前 / name      {LOGIN}")
    print(f"  合言葉 / password {box.password}")
    print(f"  フォルダー / drop {box.drop}")
    print("  終わるには Ctrl-C / Ctrl-C ends it")
    stopping: list[int] = []
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda number, _: stopping.append(number))
    while not stopping:
        network.step()
        time.sleep(0.2)


def say(ja: str, en: str) -> None:
    print(f"● {ja} / {en}", flush=True)


def _padded(text: str, columns: int) -> str:
    width = sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
    return text + " " * max(1, columns - width)


if __name__ == "__main__":
    sys.exit(main())
