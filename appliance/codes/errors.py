"""What can go wrong with masters: one that cannot be read, a folder or file that is not there, a damaged file."""

from __future__ import annotations

from appliance.errors import Audience, RenkeiError


class MasterRefusedError(RenkeiError):
    """A master is not as published; nothing was replaced. Names the file and, where there is one, the line (from 1)."""

    code = "MASTERS-0001"
    audience = Audience.OPERATOR

    def __init__(self, name: str, line: int | None, ja: str, en: str) -> None:
        place_ja, place_en = (f" {line} 行目", f" line {line}") if line else ("", "")
        super().__init__(
            f"{name}{place_ja}：{ja}",
            f"{name}{place_en}: {en}",
            hint_ja="公表元から取り直してください。これまでのマスターはそのまま使えます。",
            hint_en="Fetch the file again from its publisher. The masters in use stay as they were.",
        )
        self.name = name
        self.line = line


class MastersFolderError(RenkeiError):
    """The folder cannot be read, holds no master, or the result cannot be written."""

    code = "MASTERS-0002"
    audience = Audience.OPERATOR


class MastersFileError(RenkeiError):
    """The compiled file is not there, damaged, or made by another version of this program."""

    code = "MASTERS-0003"
    audience = Audience.OPERATOR
