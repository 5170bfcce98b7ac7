"""The rules in force: what is taken from the disk, what is kept, and what stays when the disk or a document is bad."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from appliance.clock import JST, ManualClock
from appliance.config import NetworkConfig
from appliance.consent.defaults import participants_document, policy_document
from appliance.consent.rules import MalformedRulesError, Rules
from appliance.limits import RULES_LOOK_S
from appliance.records.signed import Fault, SignedKind, UntrustedDocumentError
from appliance.store import access, signed_documents
from appliance.store.db import Store, create_store
from appliance.store.rules import RulesFile, RulesMissingError
from tests.signing import SIGNER_FILE, write_rules
from tests.store.made import FACILITY

NETWORK = "練習ネット"
SINCE = datetime(2025, 4, 1, tzinfo=JST)
LISTED = participants_document("1", [(FACILITY, "練習用内科", "clinic")], SINCE)


@dataclass
class Desk:
    """An operator's documents in a folder, and the box that reads them."""

    folder: Path
    clock: ManualClock
    store: Store

    def put(self, days: int = 30, start: int = 0, **documents: bytes) -> None:
        """Sign documents valid from `start` days hence, for so many days."""
        first = self.clock.now() + timedelta(days=start)
        write_rules(self.folder, NETWORK, (first, first + timedelta(days=days)), **documents)

    def rules_file(self, name: str = NETWORK) -> RulesFile:
        files = [self.folder / file for file in ("policy.json", "participants.json", SIGNER_FILE)]
        return RulesFile(NetworkConfig(name, *files), self.store)

    def version(self) -> str:
        """Of the policy that a service started now goes by."""
        return self.rules_file().current().policy_version


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock = ManualClock()
    with create_store(tmp_path / "store.db", bytes(32), clock) as store:
        made = Desk(tmp_path, clock, store)
        made.put(policy=policy_document("3"), participants=LISTED)
        yield made


def trouble(file: RulesFile) -> tuple[Rules, Fault | None]:
    """The rules in force, and why the newest are not."""
    rules = file.current()
    return rules, file.trouble.fault if isinstance(file.trouble, UntrustedDocumentError) else None


def test_a_new_version_is_taken_as_it_comes_and_kept(desk: Desk):
    file = desk.rules_file()
    assert trouble(file)[0].policy_version == "3"
    desk.put(policy=policy_document("4"))
    assert file.current().policy_version == "4"
    kept = signed_documents.newest(desk.store, SignedKind.POLICY, NETWORK)
    assert kept is not None
    assert kept[0].version == 4


def test_nothing_older_is_taken_not_even_after_a_start(desk: Desk):
    assert desk.version() == "3"
    desk.put(policy=policy_document("2"))
    rules, fault = trouble(desk.rules_file())
    assert (rules.policy_version, fault) == ("3", Fault.OLDER)


@pytest.mark.parametrize("name", ["policy.json", "policy.json.p7s", "participants.json", SIGNER_FILE])
@pytest.mark.parametrize("harm", ["gone", "empty", "changed"])
def test_a_file_that_goes_bad_leaves_the_last_good_rules(desk: Desk, name: str, harm: str):
    file = desk.rules_file()
    before = file.current()
    path = desk.folder / name
    content = path.read_bytes()
    path.unlink()
    if harm != "gone":
        path.write_bytes(b"" if harm == "empty" else content.replace(b"1", b"2"))
    desk.clock.advance(RULES_LOOK_S)
    assert (file.current().policy_version, desk.version()) == ("3", "3")
    assert file.trouble is not None
    path.write_bytes(content)
    desk.clock.advance(RULES_LOOK_S)
    assert (file.current(), file.trouble) == (before, None)


def test_without_any_good_rules_nothing_is_decided(desk: Desk):
    (desk.folder / "policy.json.p7s").write_bytes(b"")
    with pytest.raises(UntrustedDocumentError):
        desk.version()
    (desk.folder / "policy.json").unlink()
    with pytest.raises(RulesMissingError):
        desk.version()


def test_a_document_for_later_is_taken_when_its_day_has_come(desk: Desk):
    file = desk.rules_file()
    file.current()
    desk.put(start=1, policy=policy_document("4"))
    assert trouble(file)[1] is Fault.NOT_YET
    desk.clock.advance(86_400)
    assert trouble(file) == (file.current(), None)
    assert file.current().policy_version == "4"


def test_expired_rules_stay_in_force_and_are_no_longer_fresh(desk: Desk):
    file = desk.rules_file()
    assert file.current().are_fresh(desk.clock.now())
    desk.clock.advance(31 * 86_400)
    rules, fault = trouble(file)
    assert (rules.policy_version, fault, rules.are_fresh(desk.clock.now())) == ("3", Fault.EXPIRED, False)


def test_rules_this_version_does_not_understand_are_not_taken(desk: Desk):
    file = desk.rules_file()
    before = file.current()
    desk.put(policy=policy_document("4", colour="blue"))
    assert file.current() == before
    assert isinstance(file.trouble, MalformedRulesError)
    desk.put(policy=policy_document("4"))
    assert desk.version() == "4", "nor are they the floor for what comes"


def test_a_box_that_moves_to_another_network_starts_anew(desk: Desk):
    assert desk.version() == "3"
    write_rules(desk.folder, "よその網", policy=policy_document("1"), participants=LISTED)
    assert desk.rules_file("よその網").current().policy_version == "1"


def test_a_clock_that_has_lost_its_time_goes_by_the_last_it_knew(desk: Desk):
    with desk.store.transaction():
        access.note_time(desk.store)
    desk.clock.at = datetime(1970, 1, 1, 9, tzinfo=JST)
    assert trouble(desk.rules_file())[1] is None


def test_rules_are_kept_once_no_transaction_is_open(desk: Desk):
    file = desk.rules_file()
    with desk.store.transaction():
        file.current()
        assert signed_documents.newest(desk.store, SignedKind.POLICY, NETWORK) is None
    file.current()
    assert signed_documents.newest(desk.store, SignedKind.POLICY, NETWORK) is not None
