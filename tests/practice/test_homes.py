"""A household has a home of its own that nobody has."""

from __future__ import annotations

import re

from appliance.practice.homes import home_of


def test_households_live_apart_where_nobody_lives() -> None:
    homes = [home_of(number) for number in range(1, 10_001)]
    assert len({home.phone for home in homes}) == len(homes)
    assert len({home.address for home in homes}) == len(homes)
    for home in homes:
        assert home.address.startswith("東京都練習区")
        assert re.fullmatch(r"000-00[0-9]{2}", home.postal_code)
        assert re.fullmatch(r"00-[0-9]{4}-[0-9]{4}", home.phone)
        assert all(home.address.encode(one).decode(one) == home.address for one in ("iso2022_jp", "cp932"))


def test_the_same_household_lives_at_the_same_place() -> None:
    assert home_of(7) == home_of(7)
