"""The installer's side of the box's own share: folders, configuration, and an account for each receipt computer."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from appliance.config import SiteConfig
from appliance.errors import Audience, ExitStatus, RenkeiError
from appliance.intake.files.samba import FOLDER_MODE, SambaPlaces, shared, smb_conf
from appliance.limits import SHARE_PASSWORD_CHARS
from appliance.run import run

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are taken for one another when they are copied from a sheet."""
_MADE_BY_US: Final = "Renkei share"


class AccountError(RenkeiError):
    """An account of the box's own share cannot be made."""

    code = "INTAKE-0002"
    audience = Audience.INSTALLER
    exit_status = ExitStatus.USAGE


@dataclass(frozen=True, slots=True)
class Account:
    """What the installer writes into the receipt computer; the password is shown this once and kept nowhere."""

    name: str
    password: str
    shares: tuple[str, ...]


def prepare(site: SiteConfig, places: SambaPlaces) -> None:
    """Make users, folders and the configuration as the site file says; what is there already stays. Needs root."""
    _need_root()
    for user in (places.owner, places.user):
        _ensure_user(user)
    for folder in places.own_folders:
        folder.mkdir(parents=True, exist_ok=True)
    for private in (places.state, places.state / "private"):
        private.chmod(0o700)
    for source in shared(site):
        _ensure_user(source.account)
        source.folder.mkdir(parents=True, exist_ok=True)
        shutil.chown(source.folder, places.owner, places.user)
        source.folder.chmod(FOLDER_MODE)
    _write(places.configuration, smb_conf(site, places))
    if (places.run / "smbd.pid").exists():
        run(["smbcontrol", "-s", places.configuration, "smbd", "reload-config"], check=False)


def give_account(site: SiteConfig, name: str, places: SambaPlaces) -> Account:
    """A new password for the account of that name, which the site file must know. Needs root."""
    known = [source.account for source in shared(site)]
    if name not in known:
        raise AccountError(
            f'site.toml の取り込み元に account = "{name}" のものがありません。',
            f'No source of site.toml has account = "{name}".',
            hint_ja=f"今あるのは {'、'.join(known) or 'ありません'}。フォルダーの取り込み元に account を書いてください。",
            hint_en=f"Known: {', '.join(known) or 'none'}. Write `account` into a folder's source.",
        )
    prepare(site, places)
    password = "".join(secrets.choice(_LETTERS) for _ in range(SHARE_PASSWORD_CHARS))
    typed = f"{password}\n{password}\n".encode()
    run(["smbpasswd", "-c", places.configuration, "-L", "-s", "-a", name], stdin=typed)
    return Account(name, password, tuple(one.name for one in shared(site) if one.account == name))


def _need_root() -> None:
    if os.geteuid() != 0:
        raise AccountError(
            "共有フォルダーの設定には管理者の権限が必要です。",
            "Setting up the share needs root.",
            hint_ja="sudo を付けて実行してください。",
            hint_en="Run it with sudo.",
        )


def _ensure_user(name: str) -> None:
    """A system user that cannot sign in; one of another purpose is never given a password."""
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        run(
            [
                *("useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"),
                *("--shell", "/usr/sbin/nologin", "--comment", _MADE_BY_US, name),
            ]
        )
        return
    if found.pw_gecos != _MADE_BY_US and not name.startswith("renkei-"):
        raise AccountError(
            f"{name} という利用者は、この機器で別の用途に使われています。",
            f"The user {name} serves another purpose on this box.",
            hint_ja="site.toml の account を別の名前にしてください。",
            hint_en="Choose another name for `account` in site.toml.",
        )


def _write(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
