"""Question and answer with ORCA, with the sign of life that the intake waits for in between."""

from __future__ import annotations

from collections import Counter

from appliance.clock import Clock
from appliance.formats.orca.answers import Result
from appliance.formats.orca.heard import Heard, hear
from appliance.intake.keeper import Keeper
from appliance.intake.orca.client import Client
from appliance.intake.orca.requests import Question
from appliance.intake.orca.troubles import OrcaError, Trouble
from appliance.limits import ORCA_SIGN_S

_TROUBLES = {Result.BUSY: Trouble.BUSY, Result.ERROR: Trouble.REFUSED}


class Asking:
    """One conversation. `troubles` and `figures` are those that the sign of life carries."""

    def __init__(self, client: Client, keeper: Keeper, clock: Clock) -> None:
        self._client = client
        self._keeper = keeper
        self._clock = clock
        self._signed_s = clock.monotonic_s()
        self.troubles: Counter[str] = Counter()
        self.figures: dict[str, float] = {}

    def ask(self, question: Question) -> Heard:
        """The answer, with or without content. Raises OrcaError for everything else."""
        if self._clock.monotonic_s() - self._signed_s >= ORCA_SIGN_S:
            self.sign()
        heard = hear(self._client.ask(question))
        if heard is None or heard.answer.api != question.api:
            raise OrcaError(Trouble.NOT_UNDERSTOOD)
        if heard.result in _TROUBLES:
            raise OrcaError(_TROUBLES[heard.result])
        return heard

    def sign(self) -> None:
        """Tell the intake that the source lives, and how it is."""
        self._keeper.looked(+self.troubles, self.figures)
        self._signed_s = self._clock.monotonic_s()
