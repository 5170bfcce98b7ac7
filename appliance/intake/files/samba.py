"""The box's own share: Samba's configuration, made from the site file and nothing else.

SMB 3 only, every session signed and encrypted, no guest; one share and one account for each folder source that names
an account. What is written cannot be read again (unless a site must allow it), nor run: files belong to the intake, the
accounts' group may write them (mode 0420), and folders pass their owner on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from appliance.config import SiteConfig
from appliance.sources import FolderSource

FILE_MODE: Final = 0o420
READABLE_FILE_MODE: Final = 0o460
FOLDER_MODE: Final = 0o2770
NEVER_TAKEN: Final = (
    *(
        "*.exe",
        "*.com",
        "*.bat",
        "*.cmd",
        "*.ps1",
        "*.vbs",
        "*.js",
        "*.scr",
        "*.msi",
        "*.dll",
        "*.lnk",
        "*.url",
    ),
    *("autorun.inf", "desktop.ini", "Thumbs.db", ".renkei~*"),
)
"""Names that nobody can create or see in the share."""


@dataclass(frozen=True, slots=True)
class SambaPlaces:
    """Where the file server keeps its own things, and as whom it writes."""

    state: Path = Path("/var/lib/renkei/samba")
    run: Path = Path("/run/renkei-samba")
    owner: str = "renkei-intake"
    """The Unix user of the intake, whom files and folders of the share belong to."""
    user: str = "renkei-share"
    """The Unix user as whom every account writes; the folders' group is of the same name."""
    port: int = 445
    addresses: tuple[str, ...] = ()
    """Where it listens; empty: everywhere that the firewall lets in."""

    @property
    def configuration(self) -> Path:
        return self.state / "smb.conf"

    @property
    def own_folders(self) -> tuple[Path, ...]:
        """What must exist, for root only, before the server starts."""
        return (
            self.state,
            *(self.state / name for name in ("private", "state", "cache")),
            self.run,
            self.run / "lock",
        )


def shared(site: SiteConfig) -> tuple[FolderSource, ...]:
    """The folders that are shared."""
    return tuple(source for source in site.sources if isinstance(source, FolderSource) and source.account)


def smb_conf(site: SiteConfig, places: SambaPlaces) -> str:
    """The whole configuration of the file server."""
    sections = [("global", _global(site, places)), *((one.name, _share(one, places)) for one in shared(site))]
    return "\n".join(line for name, settings in sections for line in _section(name, settings))


def _section(name: str, settings: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield f"[{name}]"
    for key, value in settings:
        yield f"  {key} = {value}"
    yield ""


def _global(site: SiteConfig, places: SambaPlaces) -> tuple[tuple[str, str], ...]:
    listening = (
        (("interfaces", " ".join(places.addresses)), ("bind interfaces only", "yes"))
        if places.addresses
        else ()
    )
    return (
        ("server role", "standalone server"),
        ("server string", "Renkei Gateway"),
        ("netbios name", _netbios_name(site.device_id)),
        ("smb ports", str(places.port)),
        *listening,
        # Only SMB 3, always encrypted, never a guest.
        ("server min protocol", "SMB3_00"),
        ("client min protocol", "SMB3_00"),
        ("smb encrypt", "required"),
        ("server signing", "mandatory"),
        ("server smb3 encryption algorithms", "AES-256-GCM AES-128-GCM"),
        ("server smb3 signing algorithms", "AES-128-GMAC AES-128-CMAC"),
        ("ntlm auth", "ntlmv2-only"),
        ("map to guest", "never"),
        ("guest account", "nobody"),
        ("restrict anonymous", "2"),
        ("null passwords", "no"),
        # Nothing but files.
        ("disable netbios", "yes"),
        ("dns proxy", "no"),
        ("load printers", "no"),
        ("disable spoolss", "yes"),
        ("printcap name", "/dev/null"),
        ("rpc start on demand helpers", "no"),
        ("usershare max shares", "0"),
        ("allow insecure wide links", "no"),
        ("unix charset", "UTF-8"),
        ("dos charset", "CP932"),
        # A writer's bytes are on the box when it has closed the file, and its handle is closed when it says so.
        ("smb2 leases", "no"),
        ("deadtime", "60"),
        ("private dir", str(places.state / "private")),
        ("passdb backend", "tdbsam"),
        ("state directory", str(places.state / "state")),
        ("cache directory", str(places.state / "cache")),
        ("lock directory", str(places.run / "lock")),
        ("pid directory", str(places.run)),
        ("ncalrpc dir", str(places.run / "ncalrpc")),
        # No names of files or users in any log.
        ("logging", "file"),
        ("log file", str(places.run / "smbd.log")),
        ("log level", "0"),
        ("max log size", "1000"),
    )


def _share(source: FolderSource, places: SambaPlaces) -> tuple[tuple[str, str], ...]:
    mode = f"{FILE_MODE if source.write_only else READABLE_FILE_MODE:04o}"
    return (
        ("path", str(source.folder)),
        ("valid users", source.account),
        ("force user", places.user),
        ("force group", places.user),
        ("read only", "no"),
        ("guest ok", "no"),
        ("browseable", "yes"),
        ("access based share enum", "yes"),
        ("create mask", mode),
        ("force create mode", mode),
        ("directory mask", f"{FOLDER_MODE:04o}"),
        ("force directory mode", f"{FOLDER_MODE:04o}"),
        ("inherit owner", "yes"),
        ("nt acl support", "no"),
        ("ea support", "no"),
        ("store dos attributes", "no"),
        ("map archive", "no"),
        ("veto files", f"/{'/'.join(NEVER_TAKEN)}/"),
        ("follow symlinks", "no"),
        ("wide links", "no"),
        ("oplocks", "no"),
        ("level2 oplocks", "no"),
        ("strict sync", "yes"),
        ("strict allocate", "no"),
        ("dfree cache time", "5"),
    )


def _netbios_name(device_id: str) -> str:
    plain = "".join(
        letter for letter in device_id.upper() if letter.isascii() and (letter.isalnum() or letter == "-")
    )
    return plain[:15].strip("-") or "RENKEI"
