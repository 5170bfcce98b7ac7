"""Every trouble of files has words and advice for staff, for a folder and for a share."""

from __future__ import annotations

import pytest

from appliance.intake.files.troubles import Trouble
from appliance.sources import SourceKind
from appliance.warnings import ANY_SOURCE, warning_of


@pytest.mark.parametrize("kind", [SourceKind.FOLDER, SourceKind.SHARE])
@pytest.mark.parametrize("trouble", Trouble)
def test_a_trouble_is_told_in_words(kind: SourceKind, trouble: Trouble) -> None:
    told = warning_of(kind, trouble)
    assert told != ANY_SOURCE["unknown"]
    assert all((told.ja, told.en, told.hint_ja, told.hint_en))
