"""Files given together: volumes and parts find each other, whole files stay by themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from appliance.cli import main
from appliance.formats.parse import parse
from appliance.formats.together import groups_of

PARTS = (
    "JAHISTC08,1\r\n1,架空　花子,2,19500101\r\n5,20260310,1\r\n201,1,架空錠,3,錠,2,620000001,1\r\n301,1,分３,7,日分,1,1,,1\r\n911,7,2,1\r\n",
    "JAHISTC08,1\r\n201,2,架空軟膏,10,g,2,620000002,1\r\n301,2,塗布,1,調剤,5,1,,1\r\n911,7,2,2\r\n",
)
WHOLE = "JAHISTC08,1\r\n1,架空　花子,2,19500101\r\n5,20260311,1\r\n201,1,架空錠,3,錠,2,620000001,1\r\n301,1,分３,7,日分,1,1,,1\r\n"


def encoded(*texts: str) -> list[bytes]:
    return [text.encode("cp932") for text in texts]


def test_parts_find_each_other_in_any_order_and_whole_files_stay_alone():
    contents = encoded(PARTS[1], WHOLE, PARTS[0])
    (group,) = groups_of(contents, [parse(data) for data in contents])
    assert (group.places, group.kind, group.complete, group.documents) == ((2, 0), "parts", True, 1)


def test_a_part_alone_is_told_to_be_incomplete():
    contents = encoded(PARTS[0])
    (group,) = groups_of(contents, [parse(contents[0])])
    assert not group.complete
    assert "JOIN-002" in {finding.code for finding in group.findings}


def test_two_volumes_of_one_set_are_one_group(shared: Path):
    folder = shared / "samples" / "uke" / "constructed"
    contents = [(folder / f"RECEIPTC_vol{number}.UKE").read_bytes() for number in (2, 1)]
    (group,) = groups_of(contents, [parse(data) for data in contents])
    assert (group.places, group.kind, group.complete, group.documents) == ((1, 0), "volumes", True, 3)


def test_inspect_tells_of_files_that_belong_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    paths = [tmp_path / "1.csv", tmp_path / "2.csv"]
    for path, data in zip(paths, encoded(*PARTS), strict=True):
        path.write_bytes(data)
    main(["inspect", *map(str, paths)])
    assert (
        "1.csv、2.csv: 一つの分割データです。すべてそろっています（文書 1 件）。" in capsys.readouterr().out
    )
    main(["inspect", "--json", *map(str, paths)])
    (group,) = json.loads(capsys.readouterr().out)["together"]
    assert (group["names"], group["complete"]) == (["1.csv", "2.csv"], True)
