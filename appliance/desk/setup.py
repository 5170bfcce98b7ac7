"""The first accounts of a box: made by the installer's wizard, the command line and the demo."""

from __future__ import annotations

from appliance.consent.roles import Role
from appliance.store import staff
from appliance.store.db import Store


def add_staff(
    store: Store,
    facility: str,
    login: str,
    name: str,
    role: str,
    password: str,
    *,
    administrator: bool = False,
) -> int:
    """Make an account in a transaction of its own; its id. Raises StaffError."""
    if role not in set(Role):
        raise staff.StaffError(
            "職種が正しくありません。",
            "This role is not known.",
            hint_ja=f"{'、'.join(Role)} のどれかです。",
            hint_en=f"It is one of {', '.join(Role)}.",
        )
    with store.transaction():
        return staff.add(store, facility, login, name, Role(role), password, administrator=administrator)
