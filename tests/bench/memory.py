"""The memory of each service after a practice month has gone through it: PSS, as the kernel counts it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from appliance.practice.facilities import CLINIC_A
from provisioning.lab import demo
from provisioning.lab.network import PracticeNetwork

AIM_MB = 200
"""For all six services in the end."""


def pss_mb(pid: int) -> float:
    """Proportional set size of a service and of the processes it has started, in MB."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return _own_pss_mb(pid) + sum(pss_mb(int(child)) for child in children)


def _own_pss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise ValueError("the kernel gives no PSS")


def measure() -> list[str]:
    with (
        tempfile.TemporaryDirectory() as folder,
        PracticeNetwork(Path(folder), patients=40, months=1, clinics=(CLINIC_A,)) as network,
    ):
        network.wait_until_desks_answer()
        demo.run(network)
        box = network.boxes[CLINIC_A.folder]
        figures = {name: pss_mb(pid) for name, pid in sorted(box.supervisor.pids().items())}
    lines = [f"memory of {name:<35} {figure:>6.1f} MB PSS" for name, figure in figures.items()]
    lines.append(
        f"memory of the {len(figures)} services that exist           {sum(figures.values()):>6.1f} MB PSS   aim ≤ {AIM_MB} MB for all six"
    )
    return lines
