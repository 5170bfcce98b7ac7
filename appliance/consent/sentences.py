"""The one sentence that goes with each reason: plain words, so that the person the data speak of can understand it.

VIEW and PROVIDE have a table each, since the same reason means something else there. No sentence names anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from appliance.consent.decision import Reason, Sentence

VIEW: Final[Mapping[Reason, Sentence]] = {
    Reason.NOT_AUTHENTICATED: Sentence(
        "情報を見ようとした人が、本人であることを確かめられていないため、お見せしません。",
        "The person who wants to see this has not proved who they are, so it is not shown.",
    ),
    Reason.OWN_RECORD: Sentence(
        "この施設が自分で記録した情報を、診療のために職員が見るので、お見せします。",
        "This facility made these records itself and its staff need them to treat the patient, so they are shown.",
    ),
    Reason.NOT_PARTICIPANT: Sentence(
        "見ようとした施設が、いまは連携ネットワークに参加していないため、お見せしません。",
        "The facility that wants to see this does not take part in the network now, so it is not shown.",
    ),
    Reason.SOURCE_LEFT: Sentence(
        "情報を記録した施設が、いまは連携ネットワークに参加していないため、お見せしません。",
        "The facility that made these records does not take part in the network now, so they are not shown.",
    ),
    Reason.ROLE: Sentence(
        "見ようとした人の職種には、この種類の情報を見ることが認められていないため、お見せしません。",
        "People in this role are not allowed to see this kind of data, so it is not shown.",
    ),
    Reason.NO_DISASTER: Sentence(
        "この施設について、いま災害時の特別な取り扱いは始まっていないため、お見せしません。",
        "No disaster has been declared for this facility at this time, so the data are not shown.",
    ),
    Reason.FACILITY_TYPE: Sentence(
        "この種類の施設には、救急のときの特別な閲覧が認められていないため、お見せしません。",
        "This kind of facility is not allowed to look at data in an emergency, so they are not shown.",
    ),
    Reason.NO_GRANT: Sentence(
        "救急や災害のときの特別な閲覧に必要な手続き（理由の記録、追加の本人確認、有効な許可）がそろっていないため、お見せしません。",
        "Looking at data in an emergency or disaster needs a stated reason, a second proof of identity and a "
        "permission that is still in force, and one of them is missing, so the data are not shown.",
    ),
    Reason.REFUSED: Sentence(
        "情報の共有を断るというお答えがあるため、お見せしません。",
        "Sharing was refused, so the data are not shown.",
    ),
    Reason.EMERGENCY_OPT_OUT: Sentence(
        "救急や災害のときも見せないでほしいというお答えがあるため、お見せしません。",
        "The patient's answer was that nothing may be shown even in an emergency or disaster, so it is not shown.",
    ),
    Reason.POLICY: Sentence(
        "この連携ネットワークの決まりでは、救急のときの特別な閲覧を行わないため、お見せしません。",
        "The rules of this network do not allow anyone to look at data in an emergency, so they are not shown.",
    ),
    Reason.NO_CONSENT: Sentence(
        "情報を共有してよいという同意がないため、お見せしません。",
        "There is no consent to share the data, so they are not shown.",
    ),
    Reason.ASK_THE_PATIENT: Sentence(
        "患者さんがご自分の考えを伝えられる状態なので、まずご本人にたずねることになっており、お見せしません。",
        "The patient is able to say what they want and has to be asked first, so the data are not shown.",
    ),
    Reason.EMERGENCY_SUBSET: Sentence(
        "救急や災害のときに見られるのは基本情報・アレルギー・薬・病名だけのため、お見せしません。",
        "In an emergency or disaster only basic details, allergies, medicines and diagnoses may be seen, "
        "so this is not shown.",
    ),
    Reason.EMERGENCY: Sentence(
        "救急で患者さんの考えを確かめられないため、記録を残し、あとで知らせることを条件に、必要な情報に限ってお見せします。",
        "This is an emergency and the patient cannot be asked, so only the most needed data are shown, "
        "on condition that the look-up is recorded, reviewed and made known to the patient.",
    ),
    Reason.DISASTER: Sentence(
        "災害で患者さんの考えを確かめられないため、記録を残し、あとで知らせることを条件に、必要な情報に限ってお見せします。",
        "There is a disaster and the patient cannot be asked, so only the most needed data are shown, "
        "on condition that the look-up is recorded, reviewed and made known to the patient.",
    ),
    Reason.PURPOSE: Sentence(
        "診療のためではない目的では見られないため、お見せしません。",
        "The data may not be seen for a purpose other than treatment, so they are not shown.",
    ),
    Reason.DRAFT: Sentence(
        "同意の手続きがまだ終わっていないため、お見せしません。",
        "The consent has not been completed yet, so the data are not shown.",
    ),
    Reason.PENDING: Sentence(
        "同意書は受け取りましたが、職員の確認がまだ終わっていないため、お見せしません。",
        "The consent has been signed but the staff have not checked it yet, so the data are not shown.",
    ),
    Reason.REJECTED: Sentence(
        "同意書に不備があり受け付けられなかったため、お見せしません。",
        "The consent could not be accepted when it was checked, so the data are not shown.",
    ),
    Reason.SUSPENDED: Sentence(
        "確かめることがあって同意が一時的に止められているため、お見せしません。",
        "The consent is on hold while something is being checked, so the data are not shown.",
    ),
    Reason.SUPERSEDED: Sentence(
        "この同意は新しい同意に置き換えられて、もう使われないため、お見せしません。",
        "This consent has been replaced by a newer one and no longer counts, so the data are not shown.",
    ),
    Reason.WITHDRAWN: Sentence(
        "同意が取りやめられたため、お見せしません。",
        "The consent has been withdrawn, so the data are not shown.",
    ),
    Reason.ENTERED_IN_ERROR: Sentence(
        "この同意は誤って登録されたものとして取り消されているため、お見せしません。",
        "This consent was recorded by mistake and has been cancelled, so the data are not shown.",
    ),
    Reason.NOT_YET: Sentence(
        "同意が始まる日時になっていないため、お見せしません。",
        "The consent has not started yet, so the data are not shown.",
    ),
    Reason.EXPIRED: Sentence(
        "同意の期限が過ぎているため、お見せしません。",
        "The consent has run out, so the data are not shown.",
    ),
    Reason.STALE: Sentence(
        "同意が変わっていないかを最近確かめられていないため、確かめられるまでお見せしません。",
        "It has not been possible lately to check whether the consent has changed, so the data are not shown until "
        "it has been checked.",
    ),
    Reason.EXCLUDED: Sentence(
        "患者さんの希望で、見ようとした施設か記録した施設が共有から外されているため、お見せしません。",
        "The patient has asked that one of the two facilities be left out of sharing, so the data are not shown.",
    ),
    Reason.OUT_OF_SCOPE: Sentence(
        "見ようとした施設や人は、同意された共有の相手に入っていないため、お見せしません。",
        "Whoever wants to see this is not among those the consent covers, so it is not shown.",
    ),
    Reason.TOPOLOGY: Sentence(
        "このネットワークでは、同意を受け付けた施設との間でしか共有しない決まりのため、お見せしません。",
        "In this network data are shared only with the facility that took the consent, so they are not shown.",
    ),
    Reason.HIDDEN: Sentence(
        "患者さんが、この種類の情報を見せないことを選んでいるため、お見せしません。",
        "The patient has chosen not to share this kind of data, so they are not shown.",
    ),
    Reason.DATA_PERIOD: Sentence(
        "患者さんが選んだ日より前の情報か、日付の分からない情報のため、お見せしません。",
        "The data are from before the day the patient chose, or have no date, so they are not shown.",
    ),
    Reason.CONSENT: Sentence(
        "同意の範囲に入っているので、お見せします。",
        "The consent covers this, so it is shown.",
    ),
}

PROVIDE: Final[Mapping[Reason, Sentence]] = {
    Reason.NOT_AUTHENTICATED: Sentence(
        "情報を送ろうとした装置が、正しいものと確かめられていないため、送りません。",
        "The device that wants to send this has not proved what it is, so nothing is sent.",
    ),
    Reason.NOT_PARTICIPANT: Sentence(
        "この施設が、いまは連携ネットワークに参加していないため、送りません。",
        "This facility does not take part in the network now, so nothing is sent.",
    ),
    Reason.ROLE: Sentence(
        "決められたどの種類にも当てはまらない情報のため、送りません。",
        "The data are of no kind that the consent could speak of, so they are not sent.",
    ),
    Reason.NO_CONSENT: Sentence(
        "情報を共有してよいという同意がないため、送りません。",
        "There is no consent to share the data, so they are not sent.",
    ),
    Reason.DRAFT: Sentence(
        "同意の手続きがまだ終わっていないため、送りません。",
        "The consent has not been completed yet, so the data are not sent.",
    ),
    Reason.PENDING: Sentence(
        "同意書は受け取りましたが、職員の確認がまだ終わっていないため、送りません。",
        "The consent has been signed but the staff have not checked it yet, so the data are not sent.",
    ),
    Reason.REJECTED: Sentence(
        "同意書に不備があり受け付けられなかったため、送りません。",
        "The consent could not be accepted when it was checked, so the data are not sent.",
    ),
    Reason.SUSPENDED: Sentence(
        "確かめることがあって同意が一時的に止められているため、送りません。",
        "The consent is on hold while something is being checked, so the data are not sent.",
    ),
    Reason.SUPERSEDED: Sentence(
        "この同意は新しい同意に置き換えられて、もう使われないため、送りません。",
        "This consent has been replaced by a newer one and no longer counts, so the data are not sent.",
    ),
    Reason.WITHDRAWN: Sentence(
        "同意が取りやめられたため、送りません。",
        "The consent has been withdrawn, so the data are not sent.",
    ),
    Reason.REFUSED: Sentence(
        "情報の共有を断るというお答えがあるため、送りません。",
        "Sharing was refused, so the data are not sent.",
    ),
    Reason.ENTERED_IN_ERROR: Sentence(
        "この同意は誤って登録されたものとして取り消されているため、送りません。",
        "This consent was recorded by mistake and has been cancelled, so the data are not sent.",
    ),
    Reason.NOT_YET: Sentence(
        "同意が始まる日時になっていないため、まだ送りません。",
        "The consent has not started yet, so the data are not sent yet.",
    ),
    Reason.EXPIRED: Sentence(
        "同意の期限が過ぎているため、送りません。",
        "The consent has run out, so the data are not sent.",
    ),
    Reason.STALE: Sentence(
        "同意が変わっていないかを最近確かめられていないため、確かめられるまで送りません。",
        "It has not been possible lately to check whether the consent has changed, so nothing is sent until it has "
        "been checked.",
    ),
    Reason.EXCLUDED: Sentence(
        "患者さんの希望で、この施設の情報は共有から外されているため、送りません。",
        "The patient has asked that this facility's data be left out of sharing, so they are not sent.",
    ),
    Reason.HIDDEN: Sentence(
        "患者さんが、この種類の情報を共有しないことを選んでいるため、送りません。",
        "The patient has chosen not to share this kind of data, so they are not sent.",
    ),
    Reason.DATA_PERIOD: Sentence(
        "患者さんが選んだ日より前の情報か、日付の分からない情報のため、送りません。",
        "The data are from before the day the patient chose, or have no date, so they are not sent.",
    ),
    Reason.CONSENT: Sentence(
        "同意の範囲に入っているので、連携ネットワークに送ります。",
        "The consent covers this, so it is sent to the network.",
    ),
}

NEUTRAL: Final = Sentence(
    "表示されない情報がある場合があります。ご本人にもご確認ください",
    "Some information may not be shown. Please also ask the patient.",
)
"""All that a viewer learns of a patient's choices (consent.md, "What nobody may learn from a refusal")."""
