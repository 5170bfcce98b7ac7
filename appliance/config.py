"""The site file: `/etc/renkei/site.toml`, read once, checked whole, typed.

An unknown key is an error that names the nearest known one; a missing file is said so. Paths that are not absolute are
taken from the folder of the site file.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

from appliance.channels import WHOLE_DOCUMENTS, ChannelKind
from appliance.errors import Audience, ExitStatus, RenkeiError
from appliance.limits import (
    BACKUP_EVERY_H,
    BACKUP_KEEP_DAILY,
    BACKUP_KEEP_WEEKLY,
    BACKUP_WARN_AFTER_D,
    ORCA_PAUSE_MAX_MS,
    ORCA_PAUSE_MIN_MS,
    ORCA_POLL_MAX_S,
    ORCA_POLL_MIN_S,
    PORT_MAX,
    RETENTION_BYTES_D,
    RETENTION_BYTES_MIN_D,
    RETENTION_VERSIONS_D,
    RETENTION_VERSIONS_MIN_D,
)
from appliance.sources import (
    KINDS,
    PRESETS,
    Acknowledge,
    AnySource,
    FolderSource,
    OrcaSource,
    SerialProfile,
    SerialSource,
    ShareSource,
    SourceKind,
)

DEFAULT_SITE_FILE = Path("/etc/renkei/site.toml")
DEFAULT_MASTERS_FILE = Path("/var/lib/renkei/masters.sqlite")


class ConfigError(RenkeiError):
    """The site file cannot be used; every mistake found is named."""

    code = "CONFIG-0001"
    audience = Audience.INSTALLER
    exit_status = ExitStatus.USAGE


@dataclass(frozen=True, slots=True)
class FacilityConfig:
    """A facility this box serves: its 10-digit number (都道府県2 + 点数表1 + コード7) and its name on screens."""

    number: str
    name: str


@dataclass(frozen=True, slots=True)
class StoreConfig:
    """The encrypted store and, in development only, the file of its key."""

    path: Path = Path("/var/lib/renkei/store.db")
    key_file: Path | None = None
    recovery_certificate: Path | None = None
    """The operator's certificate to which keys are wrapped, so that he can read what a dead box has left."""


class BackupWay(StrEnum):
    """How a backup leaves the store's disk."""

    LOCAL = "local"
    """A folder of another partition or disk that is always there."""
    USB = "usb"
    """A removable medium, known by its label, mounted while it is plugged in."""
    OPERATOR = "operator"
    """The operator's append-only store, over the tunnel."""


@dataclass(frozen=True, slots=True)
class BackupConfig:
    """One way in which the store is backed up, and how many generations are kept there."""

    name: str
    way: BackupWay
    folder: Path | None = None
    """`local`: where."""
    label: str = ""
    """`usb`: the file system's label."""
    url: str = ""
    """`operator`: the address; the box shows the hub's client certificate."""
    ca: Path | None = None
    """`operator`: who vouches for the server; without it the hub's CA does."""
    same_disk: bool = False
    """`local`: allow the store's own file system, where there is no other."""
    every_h: int = BACKUP_EVERY_H
    warn_after_d: int = BACKUP_WARN_AFTER_D
    daily: int = BACKUP_KEEP_DAILY
    weekly: int = BACKUP_KEEP_WEEKLY


@dataclass(frozen=True, slots=True)
class RetentionConfig:
    """How many days what is done with is kept (decision 0015)."""

    bytes_d: int = RETENTION_BYTES_D
    """The raw bytes of an arrival, after the last of its documents was delivered."""
    versions_d: int = RETENTION_VERSIONS_D
    """Versions of documents that a newer one has replaced, or that are gone."""


class KeyRoot(StrEnum):
    """What the store key is sealed to: systemd-creds' `--with-key`. `auto` is `host+tpm2` where there is a TPM, else `host`."""

    AUTO = "auto"
    HOST_TPM2 = "host+tpm2"
    TPM2 = "tpm2"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class KeysConfig:
    """What protects the store key on this box (handbook: keys)."""

    root: KeyRoot = KeyRoot.AUTO
    tpm: str = "/dev/tpmrm0"
    """A device, or a TSS2 driver and its argument."""
    host_secret: Path = Path("/var/lib/systemd/credential.secret")


@dataclass(frozen=True, slots=True)
class HubConfig:
    """The network's FHIR server and what this box shows it."""

    url: str
    ca: Path
    certificate: Path
    key: Path


class IdentityFeed(StrEnum):
    """How patients are told to the hub: under ids of ours, or to its index by what identifies them (PIXm, ITI-104)."""

    ID = "id"
    PIXM = "pixm"


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """The network: its name on papers, its signed policy and participants, their signers' authority (PEM), its channels."""

    name: str
    policy: Path
    participants: Path
    signer: Path
    contact: str = ""
    channels: tuple[ChannelKind, ...] = (ChannelKind.FHIR,)
    source_files: bool = False
    """Whether files of laboratories, prescriptions and notebooks go as documents too (by an MHD channel)."""
    identity_feed: IdentityFeed = IdentityFeed.ID
    regional_ids: str = ""
    """Identifier system of the region's own patient numbers (PIXm); empty: it has none."""


@dataclass(frozen=True, slots=True)
class AuditConfig:
    """Where audit events go: to the hub as FHIR, and to a syslog receiver (`host:port`; empty: to none) over TLS.

    CA, certificate and key are for the receiver; those not named are the hub's.
    """

    fhir: bool = True
    syslog: str = ""
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    @property
    def receiver(self) -> tuple[str, int] | None:
        """The syslog receiver's host and port."""
        host, _, port = self.syslog.rpartition(":")
        return (host.strip("[]"), int(port)) if host and port.isdecimal() else None


@dataclass(frozen=True, slots=True)
class SftpConfig:
    """The network's SS-MIX2 storage: its SFTP server, the key that the server must show, and the box's own key.

    `host_key` as a line of known_hosts has it, without the name (`ssh-ed25519 AAAA…`); `root` is the folder there that
    holds both storages.
    """

    host: str
    user: str
    key: Path
    host_key: str
    root: str = "."
    port: int = 22


@dataclass(frozen=True, slots=True)
class KioskConfig:
    """The web page: where it listens and its certificate."""

    certificate: Path
    key: Path
    address: str = "127.0.0.1"
    port: int = 8443
    practice: bool = False
    """Marks every page as practice: made-up patients only."""


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """Everything the site file says."""

    facilities: tuple[FacilityConfig, ...]
    sources: tuple[AnySource, ...]
    hub: HubConfig
    network: NetworkConfig
    kiosk: KioskConfig
    device_id: str
    sftp: SftpConfig | None = None
    store: StoreConfig = field(default_factory=StoreConfig)
    backups: tuple[BackupConfig, ...] = ()
    retention: RetentionConfig = field(default_factory=RetentionConfig)
    keys: KeysConfig = field(default_factory=KeysConfig)
    audit: AuditConfig = field(default_factory=AuditConfig)
    masters: Path | None = None
    """The compiled code masters (`renkei masters build`); without them codes travel as the receipt computer wrote them."""
    run_folder: Path = Path("/run/renkei")

    def facility_name(self, number: str) -> str:
        """The name of one of the box's own facilities; the number itself for any other."""
        return next((facility.name for facility in self.facilities if facility.number == number), number)

    def socket(self, service: str) -> Path:
        return self.run_folder / f"{service}.sock"


def read_site(path: Path) -> SiteConfig:
    """Read and check a site file. Raises ConfigError naming every mistake."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"設定ファイル {path} を読めません。",
            f"The site file {path} cannot be read.",
            hint_ja="--site で場所を指定するか、設置ウィザードで作ってください。",
            hint_en="Name it with --site, or make it with the installer's wizard.",
        ) from error
    try:
        return parse_site(text, path.resolve().parent)
    except ConfigError:
        raise
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"設定ファイルの書き方が正しくありません（{error}）。",
            f"The site file is not valid TOML ({error}).",
        ) from error


def parse_site(text: str, base: Path) -> SiteConfig:
    """The typed configuration of a site file's text; relative paths start at `base`."""
    mistakes: list[str] = []
    site = _typed(SiteConfig, tomllib.loads(text), base, "", mistakes)
    if isinstance(site, SiteConfig) and not mistakes:
        mistakes += _contradictions(site)
    if mistakes or not isinstance(site, SiteConfig):
        raise ConfigError(
            "設定ファイルに誤りがあります：" + "；".join(mistakes),
            f"The site file has {len(mistakes)} mistake(s).",
            hint_ja="`renkei config check` で直したい項目を確かめてください。",
            hint_en="Check it again with `renkei config check`.",
        )
    return site


def _contradictions(site: SiteConfig) -> list[str]:
    mistakes = []
    numbers = {facility.number for facility in site.facilities}
    mistakes += [
        f"facilities: {number!r} は10桁の数字ではありません (not 10 digits)"
        for number in sorted(numbers)
        if not re.fullmatch(r"[0-9]{10}", number)
    ]
    if not numbers:
        mistakes.append("facilities: 一つ以上必要です (at least one is needed)")
    mistakes += [
        f"sources.{source.name}.facility: {source.facility!r} は facilities にありません (not among facilities)"
        for source in site.sources
        if source.facility not in numbers
    ]
    mistakes += [mistake for source in site.sources for mistake in _source_mistakes(source)]
    folders = [source.folder for source in site.sources if isinstance(source, FolderSource)]
    mistakes += [
        f"sources: フォルダー {folder} を二つの取り込み元が読みます (a folder of two sources)"
        for folder in sorted({f for f in folders if folders.count(f) > 1})
    ]
    names = [source.name for source in site.sources]
    mistakes += [
        f"sources: 名前 {name!r} が重複しています (used twice)"
        for name in sorted({n for n in names if names.count(n) > 1})
    ]
    mistakes += _backup_mistakes(site)
    if not site.network.channels or len(set(site.network.channels)) < len(site.network.channels):
        mistakes.append(
            "network.channels: 一つ以上を、重ねずに書いてください (one or more, none of them twice)"
        )
    if set(site.network.channels) >= WHOLE_DOCUMENTS:
        mistakes.append(
            "network.channels: mhd と mhd-simple はどちらか一つです (mhd or mhd-simple, not both)"
        )
    if not site.hub.url.startswith("https://"):
        mistakes.append("hub.url: https:// で始まる必要があります (must begin with https://)")
    if site.sftp:
        mistakes += _sftp_mistakes(site.sftp)
    elif ChannelKind.SSMIX2 in site.network.channels:
        mistakes.append(
            "sftp: network.channels に ssmix2 があるときは必要です (needed where network.channels has ssmix2)"
        )
    mistakes += _audit_mistakes(site.audit)
    if site.sftp:
        mistakes += _sftp_mistakes(site.sftp)
    elif ChannelKind.SSMIX2 in site.network.channels:
        mistakes.append(
            "sftp: network.channels に ssmix2 があるときは必要です (needed where network.channels has ssmix2)"
        )
    return mistakes


_BACKUP_NEEDS = {
    BackupWay.LOCAL: ("folder", "フォルダー"),
    BackupWay.USB: ("label", "媒体のラベル"),
    BackupWay.OPERATOR: ("url", "アドレス"),
}


def _backup_mistakes(site: SiteConfig) -> Iterator[str]:
    names = [backup.name for backup in site.backups]
    for name in sorted({one for one in names if names.count(one) > 1}):
        yield f"backups: 名前 {name!r} が重複しています (used twice)"
    if site.backups and site.store.recovery_certificate is None:
        yield (
            "store.recovery_certificate: backups があるときは必要です。ないと新しい機器で戻せません"
            " (needed with backups: no other box could restore them)"
        )
    for backup in site.backups:
        where, (item, words) = f"backups.{backup.name}", _BACKUP_NEEDS[backup.way]
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", backup.name):
            yield f"{where}: 名前は半角の英小文字・数字・ハイフンで32字までです (a-z, 0-9 and hyphens, 32 at most)"
        if not getattr(backup, item):
            yield f"{where}.{item}: way が {backup.way} のときは{words}が必要です (needed for this way)"
        if backup.url and not backup.url.startswith("https://"):
            yield f"{where}.url: https:// で始まる必要があります (must begin with https://)"
        if min(backup.every_h, backup.warn_after_d, backup.daily) < 1 or backup.weekly < 0:
            yield f"{where}: every_h、warn_after_d、daily は1以上、weekly は0以上です (out of range)"
    for item, value, least in (
        ("bytes_d", site.retention.bytes_d, RETENTION_BYTES_MIN_D),
        ("versions_d", site.retention.versions_d, RETENTION_VERSIONS_MIN_D),
    ):
        if value < least:
            yield f"retention.{item}: {least}日以上です (at least {least} days)"


def _audit_mistakes(audit: AuditConfig) -> Iterator[str]:
    if audit.syslog and not re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^\s:\[\]]+):[0-9]{1,5}", audit.syslog):
        yield "audit.syslog: コンピューター名:ポート番号 の形で書いてください (write host:port)"
    if (audit.certificate is None) != (audit.key is None):
        yield "audit: certificate と key は両方書いてください (certificate and key belong together)"


_HOST_KEY = re.compile(r"(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa) [A-Za-z0-9+/]{43,}={0,2}")


def _sftp_mistakes(sftp: SftpConfig) -> Iterator[str]:
    if not re.fullmatch(r"[A-Za-z0-9.:-]+", sftp.host):
        yield "sftp.host: サーバーの名前かIPアドレスを書いてください (a name or an address)"
    if not 0 < sftp.port <= PORT_MAX:
        yield f"sftp.port: 1 から {PORT_MAX} までです (1 to {PORT_MAX})"
    if not sftp.user:
        yield "sftp.user: 必要です (needed)"
    if not _HOST_KEY.fullmatch(sftp.host_key):
        yield (
            "sftp.host_key: 運営主体から受け取った「ssh-ed25519 AAAA…」の形で書いてください。known_hosts の先頭の名前は除きます"
            " (as in known_hosts, without the name)"
        )
    if not sftp.root or sftp.root.endswith("/") or ".." in sftp.root.split("/"):
        yield "sftp.root: 末尾に / を付けず、.. を含まない場所です (no / at the end, no ..)"


def _source_mistakes(source: AnySource) -> Iterator[str]:
    where = f"sources.{source.name}"
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", source.name):
        yield f"{where}: 名前は半角の英小文字・数字・ハイフンで32字までです (a-z, 0-9 and hyphens, 32 at most)"
    if isinstance(source, ShareSource) and not re.fullmatch(r"//[^/\\\s]+/[^/\\]+(/[^\\]*)?", source.share):
        yield f"{where}.share: //コンピューター名/共有名 の形で書いてください (write //computer/share)"
    if isinstance(source, FolderSource) and source.account:
        yield from _own_share_mistakes(source, where)
    if isinstance(source, SerialSource):
        if source.data_bits not in (7, 8) or source.stop_bits not in (1, 2):
            yield f"{where}: data_bits は 7 か 8、stop_bits は 1 か 2 です (7 or 8 data bits, 1 or 2 stop bits)"
        if source.profile is SerialProfile.QR and source.data_bits == 7:  # noqa: PLR2004
            yield f"{where}.data_bits: 7ビットでは漢字が壊れます。8にしてください (7 bits destroy Japanese text)"
    if isinstance(source, OrcaSource):
        yield from _orca_mistakes(source, where)


def _orca_mistakes(source: OrcaSource, where: str) -> Iterator[str]:
    for item, address, schemes in (
        ("url", source.url, ("http", "https")),
        ("push", source.push or "ws://localhost", ("ws", "wss")),
    ):
        parts = urlsplit(address)
        if parts.scheme not in schemes or not parts.hostname:
            yield f"{where}.{item}: {schemes[0]}://… か {schemes[1]}://… の形で書いてください (write {schemes[1]}://…)"
        elif parts.scheme == schemes[0] and not _in_the_lan(parts.hostname):
            yield f"{where}.{item}: 院内の外とは {schemes[1]} でだけ通信できます (outside the LAN: {schemes[1]} only)"
    if (source.certificate is None) != (source.key is None):
        yield f"{where}: certificate と key は両方書いてください (certificate and key belong together)"
    for item, value, low, high in (
        ("poll_s", source.poll_s, ORCA_POLL_MIN_S, ORCA_POLL_MAX_S),
        ("pause_ms", source.pause_ms, ORCA_PAUSE_MIN_MS, ORCA_PAUSE_MAX_MS),
    ):
        if not low <= value <= high:
            yield f"{where}.{item}: {low} から {high} までです ({low} to {high})"


def _in_the_lan(host: str) -> bool:
    """A private address, or a name that only a LAN knows."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith(".local")


def _own_share_mistakes(source: FolderSource, where: str) -> Iterator[str]:
    if not re.fullmatch(r"(?!renkei-)[a-z][a-z0-9-]{0,19}", source.account):
        yield (
            f"{where}.account: 半角の英小文字で始まり、英小文字・数字・ハイフンで20字まで、renkei- 以外です"
            " (a-z, 0-9 and hyphens, 20 at most, not renkei-…)"
        )
    if source.name in ("global", "homes", "printers"):
        yield f"{where}: {source.name} は共有の名前に使えません (not a name for a share)"
    if source.acknowledge is not Acknowledge.DELETE:
        yield f"{where}.acknowledge: この機器の共有フォルダーでは delete だけです (only delete in the box's own share)"
    if not str(source.folder).isprintable() or set(str(source.folder)) & set('%;#"'):
        yield f"{where}.folder: 共有フォルダーの場所に使えない文字があります (a character that a share's path cannot have)"
    if source.quota_mb < 1:
        yield f"{where}.quota_mb: 1以上です (at least 1)"


def _typed(kind: Any, value: Any, base: Path, where: str, mistakes: list[str]) -> Any:
    if is_dataclass(kind):
        return _typed_table(kind, value, base, where, mistakes)
    origin = get_origin(kind)
    if kind == AnySource:
        return _typed_source(value, base, where, mistakes)
    if origin is UnionType:
        given = next(option for option in get_args(kind) if option is not NoneType)
        return _typed(given, value, base, where, mistakes)
    if origin is tuple:
        if not isinstance(value, list):
            mistakes.append(f"{where}: 一覧が必要です (a list is needed)")
            return ()
        (item, _) = get_args(kind)
        return tuple(
            _typed(item, one, base, f"{where}[{number}]", mistakes) for number, one in enumerate(value, 1)
        )
    if kind is Path and isinstance(value, str):
        return base / value
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        if value in {option.value for option in kind}:
            return kind(value)
        mistakes.append(
            f"{where}: {value!r} ではなく {', '.join(kind)} のどれかです (one of these is needed)"
        )
        return None
    if type(value) is not kind:
        mistakes.append(f"{where}: {getattr(kind, '__name__', kind)} が必要です (wrong type)")
        return None
    return value


def _typed_source(value: Any, base: Path, where: str, mistakes: list[str]) -> Any:
    """A source's table: its preset fills in what it leaves out, its kind says which items it has."""
    if not isinstance(value, Mapping):
        mistakes.append(f"{where}: 表が必要です (a table is needed)")
        return None
    preset = value.get("preset", "")
    if preset and preset not in PRESETS:
        mistakes.append(_unknown(f"{where}.preset", str(preset), PRESETS))
        return None
    settings = {**(PRESETS[preset].settings if preset else {}), **value}
    kind = settings.get("kind")
    if kind not in list(SourceKind):
        mistakes.append(f"{where}.kind: {', '.join(SourceKind)} のどれかが必要です (one of these is needed)")
        return None
    return _typed_table(KINDS[SourceKind(kind)], settings, base, where, mistakes)


def _unknown(where: str, name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    guess = f"。{near[0]} ではありませんか (did you mean this?)" if near else ""
    return f"{where}: {name!r} を知りません (unknown){guess}"


def _typed_table(kind: Any, value: Any, base: Path, where: str, mistakes: list[str]) -> Any:
    prefix = f"{where}." if where else ""
    if not isinstance(value, Mapping):
        mistakes.append(f"{where}: 表が必要です (a table is needed)")
        return None
    hints = get_type_hints(kind)
    for unknown in sorted(set(value) - set(hints)):
        near = difflib.get_close_matches(unknown, hints, n=1)
        guess = f"。{prefix}{near[0]} ではありませんか (did you mean this?)" if near else ""
        mistakes.append(f"{prefix}{unknown}: 知らない項目です (unknown key){guess}")
    given = {
        name: _typed(hint, value[name], base, f"{prefix}{name}", mistakes)
        for name, hint in hints.items()
        if name in value
    }
    missing = [f.name for f in fields(kind) if f.name not in given and _is_mandatory(f)]
    mistakes += [f"{prefix}{name}: 必須の項目がありません (missing)" for name in missing]
    return None if missing else kind(**given)


def _is_mandatory(one: Any) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def origins(site: SiteConfig, file: Path) -> list[tuple[str, str, str]]:
    """Every setting as (name, value, where it comes from), in the order of the site file's tables."""
    written = _flat(tomllib.loads(file.read_text(encoding="utf-8")))
    return [
        (name, value, str(file) if name in written else "既定値 / default")
        for name, value in _flat(site).items()
    ]


def settings(site: SiteConfig) -> dict[str, str]:
    """Every setting in force by its name."""
    return _flat(site)


def _flat(value: Any, prefix: str = "") -> dict[str, str]:
    if is_dataclass(value):
        value = {one.name: getattr(value, one.name) for one in fields(value)}
    if isinstance(value, Mapping):
        pairs = [(f"{prefix}.{name}" if prefix else name, inner) for name, inner in value.items()]
    elif isinstance(value, list | tuple):
        pairs = [(f"{prefix}[{number}]", inner) for number, inner in enumerate(value, 1)]
    else:
        return {prefix: str(value)}
    return {name: text for key, inner in pairs for name, text in _flat(inner, key).items()}
