"""Are the operator's signed policy and participant list good, and for how long?"""

from __future__ import annotations

from datetime import timedelta

from appliance.clock import Clock
from appliance.config import SiteConfig
from appliance.health.check import Result
from appliance.limits import RULES_WARNING_D
from appliance.records.signed import SignedKind, UntrustedDocumentError
from appliance.store.rules import read_document

_TITLES = {
    SignedKind.POLICY: ("運用規則", "The policy"),
    SignedKind.PARTICIPANTS: ("参加施設の一覧", "The participant list"),
}


def check(site: SiteConfig, clock: Clock) -> list[Result]:
    """A line each."""
    return [_one(site, clock, kind) for kind in SignedKind]


def _one(site: SiteConfig, clock: Clock, kind: SignedKind) -> Result:
    name, (ja, en) = f"rules {kind}", _TITLES[kind]
    try:
        document = read_document(site.network, kind, clock.now()).document
    except UntrustedDocumentError as error:
        return Result(name, "error", error.ja, error.en, error.hint_ja, error.hint_en)
    except OSError:
        return Result(
            name,
            "error",
            f"{ja}を読めません。",
            f"{en} cannot be read.",
            f"site.toml の network.{kind}、network.signer と、署名（.p7s）を確かめてください。",
            f"Check network.{kind} and network.signer in site.toml, and the signature (.p7s).",
        )
    left = document.expires - clock.now()
    told = f"{ja}は版{document.version}、あと{left.days}日有効です。"
    told_en = f"{en} is version {document.version}, good for {left.days} more days."
    if left >= timedelta(days=RULES_WARNING_D):
        return Result(name, "ok", told, told_en)
    hint = (
        "運用者に新しい版を求めてください。期限が過ぎると、やがて閲覧と送信が止まります。",
        "Ask the operator for the next.",
    )
    return Result(name, "warning", told, told_en, *hint)
