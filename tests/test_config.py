"""The site file: checked whole, every mistake named at once."""

from __future__ import annotations

import io
import json
import tomllib
from pathlib import Path

import pytest

from appliance.channels import ChannelKind
from appliance.cli import main
from appliance.clock import SystemClock
from appliance.config import ConfigError, origins, parse_site, read_site
from appliance.sources import (
    KINDS,
    NSIPS_EN,
    NSIPS_JA,
    PRESETS,
    Acknowledge,
    Completion,
    FolderSource,
    OrcaSource,
    SerialSource,
    ShareSource,
    SourceKind,
)
from appliance.store import audit, source_memory
from appliance.store.db import create_store, open_store
from appliance.store.keys import create_key, load_key

GOOD = """
device_id = "box-1"
facilities = [{number = "1310000001", name = "練習内科"}]
sources = [{name = "receipt", kind = "folder", facility = "1310000001", folder = "in"}]
[hub]
url = "https://127.0.0.1:9/fhir/R4"
ca = "ca.pem"
certificate = "box.pem"
key = "box.key"
[network]
name = "練習ネット"
policy = "policy.json"
participants = "participants.json"
signer = "signer.pem"
[kiosk]
certificate = "kiosk.pem"
key = "kiosk.key"
[store]
path = "store.db"
"""


def mistake_in(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_site(text, Path("/base"))
    assert caught.value.exit_status == 2
    return caught.value.ja


def test_a_good_file_is_typed_and_its_paths_start_at_its_folder() -> None:
    site = parse_site(GOOD, Path("/base"))
    (source,) = site.sources
    assert source == FolderSource(name="receipt", facility="1310000001", folder=Path("/base/in"))
    assert site.store.path == Path("/base/store.db")
    assert site.store.key_file is None
    assert site.kiosk.port == 8443
    assert site.facility_name("1310000001") == "練習内科"
    assert site.socket("desk") == Path("/run/renkei/desk.sock")


def with_source(table: str) -> str:
    folder = '{name = "receipt", kind = "folder", facility = "1310000001", folder = "in"}'
    return GOOD.replace(folder, table)


def test_a_preset_fills_in_what_the_file_leaves_out_and_overrides_nothing() -> None:
    table = (
        '{name = "sips", preset = "nsips", facility = "1310000001", share = "//pc/SIPS3", user = "renkei"%s}'
    )
    (source,) = parse_site(with_source(table % ""), Path("/base")).sources
    assert isinstance(source, ShareSource)
    assert (source.completion, source.acknowledge) == (Completion.INDEX, Acknowledge.DELETE)
    (source,) = parse_site(with_source(table % ', acknowledge = "remember"'), Path("/base")).sources
    assert source.acknowledge is Acknowledge.REMEMBER


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_makes_a_source(preset: str) -> None:
    needed = {
        FolderSource: 'folder = "in"',
        ShareSource: 'share = "//pc/out", user = "renkei"',
        SerialSource: 'device = "/dev/serial/by-id/usb-1"',
        OrcaSource: 'user = "renkei"' + (', url = "http://192.0.2.5:8000"' if preset == "orca" else ""),
    }[KINDS[PRESETS[preset].settings["kind"]]]
    table = f'{{name = "one", preset = "{preset}", facility = "1310000001", {needed}}}'
    (source,) = parse_site(with_source(table), Path("/base")).sources
    assert source.preset == preset


@pytest.mark.parametrize(
    ("table", "word"),
    [
        ('{name = "s", preset = "nsip", facility = "1310000001"}', "nsips"),
        ('{name = "s", kind = "ftp", facility = "1310000001"}', "serial"),
        ('{name = "s", facility = "1310000001"}', "kind"),
        ('{name = "s", kind = "share", facility = "1310000001", share = "pc", user = "u"}', "//"),
        ('{name = "../s", kind = "folder", facility = "1310000001", folder = "in"}', "a-z"),
        (
            '{name = "s", kind = "serial", facility = "1310000001", device = "d", profile = "qr", data_bits = 7}',
            "data_bits",
        ),
        (
            '{name = "s", kind = "serial", facility = "1310000001", device = "d", stop_bits = 3}',
            "stop_bits",
        ),
        ('{name = "s", kind = "folder", facility = "1310000001", folder = "in", quota = 1}', "quota_mb"),
        (
            '{name = "s", preset = "uke-folder", facility = "1310000001", folder = "in", account = "Rece"}',
            "account",
        ),
        (
            '{name = "s", preset = "uke-folder", facility = "1310000001", folder = "in", account = "renkei-x"}',
            "account",
        ),
        ('{name = "s", kind = "folder", facility = "1310000001", folder = "in", account = "rece"}', "delete"),
        (
            '{name = "homes", preset = "uke-folder", facility = "1310000001", folder = "in", account = "rece"}',
            "homes",
        ),
        (
            '{name = "s", preset = "uke-folder", facility = "1310000001", folder = "a%U", account = "rece"}',
            "folder",
        ),
        (
            '{name = "s", preset = "uke-folder", facility = "1310000001", folder = "in", account = "r", quota_mb = 0}',
            "quota_mb",
        ),
        ("3", "table"),
    ],
)
def test_a_mistake_in_a_source_is_named(table: str, word: str) -> None:
    assert word in mistake_in(with_source(table))


def test_an_unknown_key_names_the_nearest_known_one() -> None:
    assert "hub.certificate" in mistake_in(GOOD.replace('certificate = "box.pem"', 'certficate = "box.pem"'))


def test_every_mistake_is_named_at_once() -> None:
    words = mistake_in(GOOD.replace("1310000001", "13100").replace("https://", "http://"))
    assert "13100" in words
    assert "hub.url" in words


def test_a_missing_key_is_named() -> None:
    assert "network.name" in mistake_in(GOOD.replace('name = "練習ネット"', ""))


def test_a_source_of_a_foreign_facility_is_a_mistake() -> None:
    assert "sources.receipt.facility" in mistake_in(
        GOOD.replace('facility = "1310000001"', 'facility = "1310000009"')
    )


def test_an_unknown_kind_lists_the_known_ones() -> None:
    assert "folder" in mistake_in(GOOD.replace('kind = "folder"', 'kind = "carrier-pigeon"'))


def test_a_wrong_type_is_a_mistake() -> None:
    assert "kiosk.port" in mistake_in(GOOD.replace("[kiosk]", '[kiosk]\nport = "8443"'))


def test_two_sources_of_one_name_are_a_mistake() -> None:
    doubled = GOOD.replace(
        "sources = [",
        'sources = [{name = "receipt", kind = "folder", facility = "1310000001", folder = "b"}, ',
    )
    assert "receipt" in mistake_in(doubled)


def test_one_folder_for_two_sources_is_a_mistake() -> None:
    doubled = GOOD.replace(
        "sources = [",
        'sources = [{name = "other", kind = "folder", facility = "1310000001", folder = "in"}, ',
    )
    assert "/base/in" in mistake_in(doubled)


def test_a_missing_file_and_broken_toml_say_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        read_site(tmp_path / "site.toml")
    (tmp_path / "site.toml").write_text("= nonsense", encoding="utf-8")
    with pytest.raises(ConfigError):
        read_site(tmp_path / "site.toml")


def test_every_setting_has_an_origin(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text(GOOD, encoding="utf-8")
    shown = {name: origin for name, _, origin in origins(read_site(file), file)}
    assert shown["hub.url"] == str(file)
    assert "default" in shown["kiosk.port"]


def test_config_check_tells_the_law_of_nsips_and_what_to_set_on_the_receipt_computer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = '{name = "sips", preset = "nsips", facility = "1310000001", share = "//pc/SIPS3", user = "u"%s}'
    site = tmp_path / "site.toml"
    site.write_text(with_source(table % ""), encoding="utf-8")
    assert main(["config", "check", "--site", str(site)]) == 0
    assert PRESETS["nsips"].advice_ja in capsys.readouterr().out
    site.write_text(with_source(table % ", nsips = true, smb2 = true"), encoding="utf-8")
    assert main(["config", "check", "--site", str(site)]) == 1
    told = capsys.readouterr().out
    assert NSIPS_JA in told
    assert NSIPS_EN in told
    assert "SMB 2" in told


def test_a_source_s_password_is_kept_in_the_store_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = '{name = "pc", preset = "uke-share", facility = "1310000001", share = "//pc/out", user = "u"}'
    site = tmp_path / "site.toml"
    site.write_text(
        with_source(table).replace('path = "store.db"', 'path = "store.db"\nkey_file = "key"'),
        encoding="utf-8",
    )
    create_store(tmp_path / "store.db", create_key(tmp_path / "key"), SystemClock()).close()
    monkeypatch.setattr("sys.stdin", io.StringIO("sesame-open-7\n"))
    assert main(["intake", "password", "pc", "--site", str(site)]) == 0
    with open_store(tmp_path / "store.db", load_key(tmp_path / "key"), SystemClock()) as store:
        assert source_memory.password(store, "pc") == "sesame-open-7"
        [row] = audit.entries(store)
        assert (row.event, row.body["changed"]) == ("configuration-changed", ["sources.pc.password"])
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in files if b"sesame-open-7" in path.read_bytes()]
    assert main(["intake", "password", "nobody", "--site", str(site)]) == 2
    assert "pc" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("items", "mistake"),
    [
        ('url = "http://192.168.1.5:8000"', ""),
        ('url = "http://orca:8000", push = "ws://orca.local:9400/ws"', ""),
        ('url = "https://weborca.example.jp/api", push = "wss://pusher.example.jp/ws"', ""),
        ('url = "http://weborca.example.jp"', "url"),
        ('url = "http://203.0.113.200:8000", push = "ws://8.8.8.8/ws"', "push"),
        ('url = "ftp://192.168.1.5"', "url"),
        ('url = "192.168.1.5:8000"', "url"),
        ('url = "https://orca", push = "https://orca"', "push"),
        ('url = "https://orca", certificate = "box.pem"', "certificate"),
        ('url = "https://orca", poll_s = 5', "poll_s"),
        ('url = "https://orca", pause_ms = 100', "pause_ms"),
    ],
)
def test_an_orca_server_outside_the_lan_is_reached_by_tls_and_none_is_hurried(
    items: str, mistake: str, tmp_path: Path
) -> None:
    table = f'{{name = "orca", preset = "orca", facility = "1310000001", user = "renkei", {items}}}'
    if not mistake:
        assert parse_site(with_source(table), tmp_path).sources[0].kind is SourceKind.ORCA
        return
    with pytest.raises(ConfigError) as caught:
        parse_site(with_source(table), tmp_path)
    assert mistake in caught.value.ja


SFTP = """
[sftp]
host = "storage.example.jp"
user = "clinic-a"
key = "storage_key"
host_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEdZ1f1d6pW3cNf7oQm1y0k3H1mWc1nqkTq0b1cYk2aB"
"""


def test_a_storage_is_named_with_the_key_that_its_server_must_show() -> None:
    found = parse_site(GOOD + SFTP, Path("/base")).sftp
    assert found is not None
    assert (found.host, found.port, found.user, found.root) == ("storage.example.jp", 22, "clinic-a", ".")
    assert found.key == Path("/base/storage_key")
    assert parse_site(GOOD, Path("/base")).sftp is None


@pytest.mark.parametrize(
    ("item", "written"),
    [
        ("host", "sftp://storage.example.jp"),
        ("host", ""),
        ("user", ""),
        (
            "host_key",
            "storage.example.jp ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEdZ1f1d6pW3cNf7oQm1y0k3H1mWc1nq",
        ),
        ("host_key", "SHA256:LNFzKsm6zlT2Ft3O6Xl2Q5F7c0g4B3v5q7cJmS9c0aE"),
        ("root", "upload/"),
        ("root", "upload/../elsewhere"),
        ("port", 0),
        ("port", 65_536),
    ],
)
def test_a_mistake_about_the_storage_is_named(item: str, written: object) -> None:
    table = tomllib.loads(SFTP)["sftp"] | {item: written}
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in table.items())
    assert f"sftp.{item}" in mistake_in(GOOD + "[sftp]\n" + lines)


def test_a_network_with_a_storage_needs_to_know_where_it_is() -> None:
    text = GOOD.replace("[network]\n", '[network]\nchannels = ["ssmix2"]\n')
    assert "sftp: " in mistake_in(text)


def test_channels_are_known_ones_each_once() -> None:
    def with_channels(written: str) -> str:
        return GOOD.replace("[network]\n", f"[network]\nchannels = {written}\n")

    assert parse_site(GOOD, Path("/base")).network.channels == (ChannelKind.FHIR,)
    both = parse_site(with_channels('["ssmix2", "fhir"]') + SFTP, Path("/base"))
    assert both.network.channels == (ChannelKind.SSMIX2, ChannelKind.FHIR)
    for wrong in ('["fax"]', "[]", '["fhir", "fhir"]'):
        assert "network.channels" in mistake_in(with_channels(wrong))


def test_audit_events_go_to_the_hub_and_to_no_receiver_unless_named() -> None:
    site = parse_site(GOOD, Path("/base"))
    assert (site.audit.fhir, site.audit.receiver, site.audit.ca) == (True, None, None)


@pytest.mark.parametrize(
    ("text", "receiver"),
    [
        ("soc.example:6514", ("soc.example", 6514)),
        ("[fd00::5]:6514", ("fd00::5", 6514)),
        ("10.1.2.3:1", ("10.1.2.3", 1)),
    ],
)
def test_an_audit_receiver_is_a_host_and_a_port(text: str, receiver: tuple[str, int]) -> None:
    named = f'{GOOD}[audit]\nfhir = false\nsyslog = "{text}"\nca = "soc.pem"\n'
    site = parse_site(named, Path("/base"))
    assert (site.audit.fhir, site.audit.receiver, site.audit.ca) == (False, receiver, Path("/base/soc.pem"))


@pytest.mark.parametrize(
    "line",
    [
        'syslog = "soc.example"',
        'syslog = "soc.example:port"',
        'syslog = "fd00::5:6514"',
        'certificate = "a.pem"',
        'key = "a.key"',
    ],
)
def test_half_an_audit_receiver_is_a_mistake(line: str) -> None:
    assert "audit" in mistake_in(f"{GOOD}[audit]\n{line}\n")
