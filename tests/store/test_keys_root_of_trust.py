"""A sealed key opens on its own box, in its own boot state, and nowhere else. The TPMs are real ones, in software."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.clock import ManualClock
from appliance.config import KeyRoot, KeysConfig
from appliance.store.db import open_store
from appliance.store.keys import StoreKeyError
from appliance.store.preparing import prepare
from appliance.store.root_of_trust import Root, RootOfTrust, RootOfTrustError, of_sealed
from tests.store.trusted import SoftwareTpm, box, host_trust, needs_creds, needs_tpm, operator, software_tpm

KEY = bytes(range(32))


@pytest.fixture
def tpm() -> Iterator[SoftwareTpm]:
    with software_tpm() as one:
        yield one


@needs_tpm
@pytest.mark.parametrize("root", [Root.TPM2, Root.HOST_TPM2])
def test_a_key_sealed_to_a_tpm_opens_there_only(root: Root, tpm: SoftwareTpm, tmp_path: Path) -> None:
    trust = RootOfTrust(root, tpm.address, tmp_path / "secret")
    sealed = trust.seal(KEY)
    assert of_sealed(sealed) is root
    assert KEY not in sealed
    assert trust.unseal(sealed) == KEY
    with software_tpm() as another, pytest.raises(RootOfTrustError) as caught:
        replace(trust, tpm=another.address).unseal(sealed)
    assert caught.value.code == "STORE-0102"


@needs_tpm
def test_a_key_sealed_to_both_needs_the_host_key_as_well(tpm: SoftwareTpm, tmp_path: Path) -> None:
    trust = RootOfTrust(Root.HOST_TPM2, tpm.address, tmp_path / "secret")
    sealed = trust.seal(KEY)
    (tmp_path / "secret").rename(tmp_path / "elsewhere")
    with pytest.raises(RootOfTrustError):
        trust.unseal(sealed)
    (tmp_path / "elsewhere").rename(tmp_path / "secret")
    assert trust.unseal(sealed) == KEY


@needs_tpm
def test_another_boot_state_does_not_get_the_key(tpm: SoftwareTpm, tmp_path: Path) -> None:
    trust = RootOfTrust(Root.TPM2, tpm.address, tmp_path / "secret")
    sealed = trust.seal(KEY)
    tpm.extend("secure boot switched off")
    with pytest.raises(RootOfTrustError):
        trust.unseal(sealed)


@needs_tpm
def test_a_cleared_tpm_opens_nothing_that_was_sealed_before(tpm: SoftwareTpm, tmp_path: Path) -> None:
    trust = RootOfTrust(Root.TPM2, tpm.address, tmp_path / "secret")
    sealed = trust.seal(KEY)
    assert trust.clear_tpm()
    with pytest.raises(RootOfTrustError):
        trust.unseal(sealed)
    assert trust.unseal(trust.seal(KEY)) == KEY


@needs_creds
def test_a_key_sealed_to_one_host_does_not_open_on_another(tmp_path: Path) -> None:
    here, there = host_trust(tmp_path / "here"), host_trust(tmp_path / "there")
    sealed = here.seal(KEY)
    there.seal(KEY)
    assert of_sealed(sealed) is Root.HOST
    assert here.unseal(sealed) == KEY
    with pytest.raises(RootOfTrustError):
        there.unseal(sealed)


@needs_creds
@pytest.mark.parametrize("cut", [0, 1, 20, -1])
def test_a_cut_sealed_key_is_an_error_of_its_own(cut: int, tmp_path: Path) -> None:
    trust = host_trust(tmp_path)
    sealed = trust.seal(KEY).strip()
    with pytest.raises(RootOfTrustError):
        trust.unseal(sealed[:cut])


@needs_tpm
def test_without_its_tpm_nothing_is_sealed_to_less(tmp_path: Path) -> None:
    trust = RootOfTrust(Root.HOST_TPM2, f"swtpm:path={tmp_path}/nobody", tmp_path / "secret")
    with pytest.raises(RootOfTrustError):
        trust.seal(KEY)


def test_auto_takes_a_tpm_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "tpm").touch()
    with_one, without = str(tmp_path / "tpm"), str(tmp_path / "none")
    assert RootOfTrust.of_box(KeysConfig(tpm=with_one)).root is Root.HOST_TPM2
    assert RootOfTrust.of_box(KeysConfig(tpm=without)).root is Root.HOST
    assert RootOfTrust.of_box(KeysConfig(KeyRoot.TPM2, without)).root is Root.TPM2


def test_what_is_no_credential_is_of_unknown_root() -> None:
    assert of_sealed(b"") is Root.UNKNOWN
    assert of_sealed(KEY) is Root.UNKNOWN
    assert of_sealed(b"A" * 64) is Root.UNKNOWN


def copied(folder: Path, to: Path) -> None:
    """The disk of a box, everything on it."""
    shutil.copytree(folder, to)


@needs_tpm
def test_a_copied_disk_does_not_open_on_another_board(tpm: SoftwareTpm, tmp_path: Path) -> None:
    """Not even with its host key, which is on the disk."""
    disk = tmp_path / "disk"
    trust = RootOfTrust(Root.HOST_TPM2, tpm.address, disk / "secret")
    ring = box(disk, trust, operator(tmp_path).certificate)
    prepare(ring, ManualClock())
    open_store(ring.store, ring.load(), ManualClock()).close()
    copied(disk, tmp_path / "copy")
    with software_tpm() as another:
        thief = box(
            tmp_path / "copy",
            RootOfTrust(Root.HOST_TPM2, another.address, tmp_path / "copy" / "secret"),
            ring.recovery_certificate,
        )
        with pytest.raises(RootOfTrustError):
            thief.load()
        assert prepare(thief, ManualClock()) == "nothing"
        with pytest.raises(RootOfTrustError):
            thief.load()
    assert ring.load() is not None


@needs_creds
def test_without_a_tpm_a_copied_disk_opens_with_its_host_key_and_the_label_says_so(tmp_path: Path) -> None:
    """What a board without a TPM cannot do is not promised: the data alone stay closed, the whole disk does not."""
    from appliance.warnings import of_root

    disk = tmp_path / "disk"
    ring = box(disk / "data", host_trust(disk / "system"), operator(tmp_path).certificate)
    prepare(ring, ManualClock())
    copied(disk, tmp_path / "copy")
    other = host_trust(tmp_path / "other")
    other.seal(KEY)
    with pytest.raises(RootOfTrustError):
        box(tmp_path / "copy" / "data", other).load()
    whole = box(tmp_path / "copy" / "data", host_trust(tmp_path / "copy" / "system"))
    assert whole.load() == ring.load()
    assert "TPMでは守られていません" in of_root(ring.root()).ja


@needs_creds
def test_a_store_whose_key_is_gone_is_not_given_a_new_one(tmp_path: Path) -> None:
    ring = box(tmp_path / "box", host_trust(tmp_path / "host"), operator(tmp_path).certificate)
    prepare(ring, ManualClock())
    ring.current.unlink()
    with pytest.raises(StoreKeyError):
        prepare(ring, ManualClock())
    assert not ring.current.exists()
