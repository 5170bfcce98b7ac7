"""The code masters that intake maps with: the file named in the site file, opened again when it has been replaced."""

from __future__ import annotations

from pathlib import Path

from appliance.codes.lookup import Lookup


class MastersFile:
    """The masters in force; None where the site file names none, or the file has not come yet."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._mark: tuple[int, int] | None = None
        self._lookup: Lookup | None = None

    def current(self) -> Lookup | None:
        """Raises MastersFileError when the file is not one of ours."""
        if self._path is None or not self._path.is_file():
            return self._lookup
        about = self._path.stat()
        mark = (about.st_ino, about.st_mtime_ns)
        if mark != self._mark:
            fresh = Lookup(self._path)
            if self._lookup is not None:
                self._lookup.close()
            self._lookup, self._mark = fresh, mark
        return self._lookup
