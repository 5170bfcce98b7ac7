"""What can go wrong when a population is made."""

from __future__ import annotations

from appliance.errors import Audience, ExitStatus, RenkeiError


class PracticeError(RenkeiError):
    """A population that cannot be made as asked."""

    code = "PRACTICE-0001"
    audience = Audience.INSTALLER
    exit_status = ExitStatus.USAGE


class PracticeWriteError(RenkeiError):
    """A file of the population could not be written."""

    code = "PRACTICE-0002"
    audience = Audience.INSTALLER
    exit_status = ExitStatus.COULD_NOT
