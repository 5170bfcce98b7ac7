"""A virtual machine with a stock Debian kernel and this machine's own root, read-only: nothing is installed in it.

The kernel comes by `apt-get download` once and stays in `.build/kernel`. The machine runs one command, in a few seconds of
boot, as root of its own, and all that it writes lies in its memory, but for what it puts into `/run/kept`. Nobody needs
to be root outside, nor any device.
"""

from __future__ import annotations

import gzip
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CACHE: Final = Path(__file__).resolve().parents[3] / ".build" / "kernel"
DOWNLOAD_S: Final = 180
MEMORY_MB: Final = 2048
MODULES: Final = (
    "virtio_pci",
    "virtio_console",
    "9pnet_virtio",
    "9p",
    "overlay",
    "loop",
    "dm-log-writes",
    "crc32c_generic",
    "ext4",
)
NEEDED: Final = ("qemu-system-x86_64", "busybox", "dpkg", "apt-get", "mkfs.ext4", "dmsetup")

_QEMU: Final = (
    *("qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-smp", "1", "-display", "none"),
    *("-nodefaults", "-no-user-config", "-no-reboot"),
    *("-virtfs", "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap"),
)
_KEPT: Final = "local,path={folder},mount_tag=kept,security_model=none"
_PATH: Final = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
_INIT: Final = """#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev
while read module; do insmod /modules/$module; done < /modules/order
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=loose,ro host /ro || exit 1
mount -t tmpfs -o size=90% t /rw; mkdir /rw/upper /rw/work
mount -t overlay -o lowerdir=/ro,upperdir=/rw/upper,workdir=/rw/work o /root || exit 1
for place in tmp run mnt; do mount -t tmpfs t /root/$place; done
for place in proc sys dev; do mount --move /$place /root/$place; done
cp /job /root/run/job
exec switch_root /root /bin/sh /run/job
"""
_JOB: Final = """export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
mkdir /run/kept
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 kept /run/kept
cd {folder}
PYTHONDONTWRITEBYTECODE=1 {command} > /dev/hvc0 || echo "MACHINE: $?"
sync
echo o > /proc/sysrq-trigger
sleep 60
"""


class NoMachineError(Exception):
    """This machine cannot run a virtual one; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel and the modules of `MODULES`, in the order in which they are to be loaded."""

    image: Path
    modules: tuple[Path, ...]


def kernel(cache: Path = CACHE) -> Kernel:
    """The newest kernel that Debian offers, unpacked; downloaded the first time. Raises NoMachineError."""
    missing = [program for program in NEEDED if shutil.which(program, path=_PATH) is None]
    if platform.machine() != "x86_64" or missing:
        raise NoMachineError(f"no virtual machine here: {platform.machine()}, missing {' '.join(missing)}")
    root = cache / "root"
    if not (root / "unpacked").exists():
        _download(cache)
        (root / "unpacked").touch()
    (image,) = (root / "boot").glob("vmlinuz-*")
    return Kernel(image, tuple(_load_order(root, image.name.removeprefix("vmlinuz-"))))


def _download(cache: Path) -> None:
    shutil.rmtree(cache, ignore_errors=True)
    cache.mkdir(parents=True)
    depends = _say("apt-cache", "depends", "--no-recommends", "--no-suggests", "linux-image-amd64")
    package = next(line.split()[-1] for line in depends.splitlines() if "Depends: linux-image-" in line)
    _say("apt-get", "-q", "download", package, folder=cache)
    (archive,) = cache.glob("*.deb")
    _say("dpkg", "-x", archive, cache / "root")
    archive.unlink()
    (version,) = (cache / "root" / "lib" / "modules").iterdir()
    _say("busybox", "depmod", "-b", cache / "root", version.name)


def _say(*command: str | Path, folder: Path | None = None) -> str:
    try:
        done = subprocess.run(
            command, cwd=folder, timeout=DOWNLOAD_S, check=True, capture_output=True, text=True
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise NoMachineError(f"no kernel to be had: {command[0]}: {error}") from error
    return done.stdout


def _load_order(root: Path, version: str) -> Iterator[Path]:
    """The modules and all that each needs, the needed ones first (modules.dep names them last)."""
    folder = root / "lib" / "modules" / version
    needs = dict(
        line.split(":", 1) for line in (folder / "modules.dep").read_text(encoding="ascii").splitlines()
    )
    by_name = {Path(path).name.split(".")[0].replace("_", "-"): path for path in needs}
    seen = set()
    for name in MODULES:
        path = by_name.get(name.replace("_", "-"))  # what is not there is built into the kernel
        for one in [*reversed(needs[path].split()), path] if path else []:
            if one not in seen:
                seen.add(one)
                yield folder / one


def run(folder: Path, command: Sequence[str], *, kept: Path, within_s: float) -> tuple[str, str]:
    """Boot, run a command in the repository, and shut down: what it printed, and the console with its errors.

    `folder` takes what the machine needs, `kept` what the command writes into `/run/kept`.
    """
    found = kernel()
    kept.mkdir(parents=True, exist_ok=True)
    (folder / "initramfs").write_bytes(_initramfs(found, command))
    console, out = folder / "console", folder / "out"
    subprocess.run(
        [
            *_QEMU,
            *("-virtfs", _KEPT.format(folder=kept)),
            *("-m", str(MEMORY_MB)),
            *("-kernel", found.image, "-initrd", folder / "initramfs"),
            *("-append", "console=ttyS0 panic=-1 mitigations=off loglevel=4"),
            *("-serial", f"file:{console}"),
            *("-chardev", f"file,id=out,path={out}"),
            *("-device", "virtio-serial", "-device", "virtconsole,chardev=out"),
        ],
        timeout=within_s,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return out.read_text(encoding="utf-8"), console.read_text(encoding="utf-8", errors="replace")


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs one of our modules."""
    return [sys.executable, "-m", module, *arguments]


def _initramfs(found: Kernel, command: Sequence[str]) -> bytes:
    job = _JOB.format(folder=Path(__file__).resolve().parents[3], command=" ".join(command))
    busybox = shutil.which("busybox", path=_PATH)
    assert busybox is not None
    folders = ("bin", "dev", "proc", "sys", "ro", "rw", "root", "modules")
    files = {
        "bin/busybox": Path(busybox).read_bytes(),
        "init": _INIT.encode(),
        "job": job.encode(),
        "modules/order": "".join(f"{module.name}\n" for module in found.modules).encode(),
        **{f"modules/{module.name}": module.read_bytes() for module in found.modules},
    }
    entries = [_cpio(name, 0o40755, b"") for name in folders]
    entries += [_cpio(name, 0o100755, content) for name, content in files.items()]
    return gzip.compress(b"".join([*entries, _cpio("TRAILER!!!", 0, b"")]), 1)


def _cpio(name: str, mode: int, content: bytes) -> bytes:
    """One entry of a cpio archive in the `newc` form, which the kernel unpacks: 13 hexadecimal fields, name, content."""
    fields = (0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
    return _padded(head) + _padded(content)


def _padded(part: bytes) -> bytes:
    return part + bytes(-len(part) % 4)
