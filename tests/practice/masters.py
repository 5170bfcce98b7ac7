"""The published masters as the tests read them: rows by code, straight from the files, by column number."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

Master = dict[str, list[str]]


def read_master(path: Path, key: int) -> Master:
    """The rows of a master file (CSV, or one in a zip; cp932) by the column that holds the code."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            text = archive.read(archive.namelist()[0]).decode("cp932")
    else:
        text = path.read_text(encoding="cp932")
    return {row[key]: row for row in csv.reader(io.StringIO(text, newline=""))}
