"""Starts the practice hub alone, by hand: `python -m provisioning.lab --folder DIR`. Ctrl-C ends it; its data stay."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path

from provisioning.lab.hub import Participant, PracticeHub, write_participants
from provisioning.lab.pki import make_lab_pki

_FACILITIES = ("1319999913", "1319999921", "1349999939")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m provisioning.lab", description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=Path(".demo/hub"), help="certificates, participants and data"
    )
    parser.add_argument("--port", type=int, default=8443)
    parser.add_argument(
        "--facility", action="append", metavar="10DIGITS", help="a participant; may be repeated"
    )
    args = parser.parse_args()
    folder: Path = args.folder.resolve()
    facilities = args.facility or list(_FACILITIES)
    pki = make_lab_pki(folder / "pki", facilities)
    rows = [Participant(number, f"練習施設 {number}") for number in facilities]
    participants = write_participants(folder / "participants.json", rows)
    stop = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)
    with PracticeHub(pki, folder / "data", participants, port=args.port, with_faults=True) as hub:
        print(f"ハブ / hub             {hub.url}")
        print(f"故障の注入 / faults     {hub.control_url}")
        print(f"認証局 / CA            {pki.ca_path}")
        for number in facilities:
            print(f"{number}             {pki.client(number).cert}")
        print(f"運用者 / operator      {pki.operator.cert}")
        signal.sigwait(stop)


if __name__ == "__main__":
    main()
