"""Where backups lie: a folder of another disk, a medium known by its label, or the waiting room of what the operator gets."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from appliance.config import BackupConfig, BackupWay, SiteConfig
from appliance.store import swapping
from appliance.store.backup import BackupAbsentError, BackupPlaceError
from appliance.store.backup_pool import Pool


@dataclass(frozen=True, slots=True)
class Machine:
    """Where the kernel tells of disks and mounts."""

    labels: Path = Path("/dev/disk/by-label")
    mounts: Path = Path("/proc/self/mountinfo")


MACHINE = Machine()


def pool_of(site: SiteConfig, backup: BackupConfig, machine: Machine = MACHINE) -> Pool:
    """The pool of this box at a place. Raises BackupAbsentError, BackupPlaceError."""
    if backup.way is BackupWay.OPERATOR:
        return Pool(swapping.beside(site.store.path, ".outgoing"))
    if backup.way is BackupWay.USB:
        return Pool(_mounted(machine, backup.label) / "renkei-backup" / site.device_id)
    folder = backup.folder
    if folder is None or not folder.is_dir():
        raise BackupAbsentError(
            f"バックアップ先「{backup.name}」のフォルダーがありません。",
            f"The folder of the backup {backup.name} is not there.",
            hint_ja="ディスクが取り付けられているかを確かめてください。",
            hint_en="Check that its disk is mounted.",
        )
    if not backup.same_disk and folder.stat().st_dev == site.store.path.parent.stat().st_dev:
        raise BackupPlaceError(
            f"バックアップ先「{backup.name}」が、保存庫と同じディスクにあります。ディスクが壊れると両方とも失われます。",
            f"The place of the backup {backup.name} is on the store's own disk: both would be lost with it.",
            hint_ja="別のディスクか領域を指定してください。ほかにないときだけ same_disk = true にします。",
            hint_en="Name another disk or partition; only where there is none, set same_disk = true.",
        )
    return Pool(folder / site.device_id)


def _mounted(machine: Machine, label: str) -> Path:
    try:
        device = (machine.labels / _as_udev(label)).stat().st_rdev
    except OSError:
        raise _absent(label) from None
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in machine.mounts.read_text(encoding="utf-8").splitlines():
        fields = line.split(" ")
        if fields[2] == wanted and fields[3] == "/":
            return Path(_unescaped(fields[4]))
    raise _absent(label)


def _as_udev(label: str) -> str:
    r"""A label as udev writes it into a name: what is no plain character as \x20."""
    return "".join(
        c if re.fullmatch(r"[0-9A-Za-z#+\-.:=@_]", c) or not c.isascii() else f"\\x{ord(c):02x}"
        for c in label
    )


def _unescaped(path: str) -> str:
    """A path as the kernel writes it, with octal escapes."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), path)


def _absent(label: str) -> BackupAbsentError:
    return BackupAbsentError(
        f"バックアップ用の媒体（{label}）が差し込まれていません。",
        f"The backup medium {label} is not plugged in.",
        hint_ja="媒体を機器に差し込んでください。次の時刻に自動で書き込みます。",
        hint_en="Plug it in; the backup is written at the next hour.",
    )
