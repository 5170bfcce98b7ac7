"""What a page may answer instead of what was asked for: each with its HTTP status, code, words and what to do."""

from __future__ import annotations

from http import HTTPStatus

from appliance.errors import Audience, RenkeiError
from appliance.records.messages import Failed


class KioskError(RenkeiError):
    """A request that cannot be answered as it stands."""

    code = "KIOSK-0400"
    audience = Audience.STAFF
    status = HTTPStatus.BAD_REQUEST


class RefusedError(KioskError):
    """Another service said no; its code and words are handed on."""

    status = HTTPStatus.CONFLICT

    def __init__(self, failed: Failed) -> None:
        super().__init__(failed.ja, failed.en, hint_ja=failed.hint_ja, hint_en=failed.hint_en)
        self.code = failed.code


class UnexpectedAnswerError(KioskError):
    """Another service answered something that was not asked."""

    code = "KIOSK-0502"
    audience = Audience.MAINTAINER
    status = HTTPStatus.BAD_GATEWAY

    def __init__(self) -> None:
        super().__init__(
            "内部のサービスの答えを読み取れませんでした。",
            "The answer of a service inside the box could not be read.",
            hint_ja="運用者にコードを伝えてください。",
            hint_en="Tell the operator the code.",
        )


class TooSlowError(KioskError):
    """The network did not bring a document in time."""

    code = "KIOSK-0504"
    status = HTTPStatus.GATEWAY_TIMEOUT

    def __init__(self) -> None:
        super().__init__(
            "文書の取得に時間がかかっています。",
            "The document takes long to come.",
            hint_ja="少し待ってからもう一度お試しください。",
            hint_en="Try again in a moment.",
        )


class PageUnknownError(KioskError):
    """No such page, or a reference that this session does not know."""

    code = "KIOSK-0404"
    status = HTTPStatus.NOT_FOUND

    def __init__(self) -> None:
        super().__init__(
            "このページはありません。",
            "There is no such page.",
            hint_ja="最初の画面に戻って、もう一度さがしてください。",
            hint_en="Go back to the first page and search again.",
        )


class MethodUnknownError(KioskError):
    """The page exists, but not for this kind of request."""

    code = "KIOSK-0405"
    status = HTTPStatus.METHOD_NOT_ALLOWED

    def __init__(self) -> None:
        super().__init__(
            "この操作はできません。",
            "This page cannot be used in that way.",
            hint_ja="最初の画面に戻って、画面のボタンを使ってください。",
            hint_en="Go back to the first page and use the buttons.",
        )


class StaleFormError(KioskError):
    """A form without the session's own token: an old page, or not from this page at all."""

    code = "KIOSK-0403"
    status = HTTPStatus.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(
            "画面が古くなったため、操作を受け付けませんでした。",
            "The page was too old, so nothing was done.",
            hint_ja="最初の画面に戻って、もう一度操作してください。",
            hint_en="Go back to the first page and do it again.",
        )


class FormTooLargeError(KioskError):
    """More bytes or fields than any form of ours has."""

    code = "KIOSK-0413"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    def __init__(self) -> None:
        super().__init__(
            "送られた内容が大きすぎます。",
            "What was sent is too large.",
            hint_ja="署名を書き直すか、入力を短くしてください。",
            hint_en="Sign again, or shorten what you typed.",
        )


class FormUnreadableError(KioskError):
    """A form that is not one of ours: wrong kind, wrong encoding, or a value no control of ours can give."""

    code = "KIOSK-0400"

    def __init__(self) -> None:
        super().__init__(
            "送られた内容を読み取れませんでした。",
            "What was sent could not be read.",
            hint_ja="前の画面に戻って、もう一度入力してください。",
            hint_en="Go back and fill it in again.",
        )


class TooManyTriesError(KioskError):
    """Too many failed sign-ins from one address or for one name."""

    code = "KIOSK-0429"
    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, wait_s: int) -> None:
        minutes = -(-wait_s // 60)
        super().__init__(
            "サインインの失敗が続いたため、しばらく受け付けません。",
            "Sign-in failed too often and is closed for a while.",
            hint_ja=f"{minutes}分ほど待ってから、もう一度お試しください。",
            hint_en=f"Wait about {minutes} min, then try again.",
        )
        self.wait_s = wait_s


class InternalProblemError(KioskError):
    """Something that should not happen; the page says no more than that."""

    code = "KIOSK-0500"
    audience = Audience.MAINTAINER
    status = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(self) -> None:
        super().__init__(
            "画面を表示できませんでした。",
            "The page could not be shown.",
            hint_ja="もう一度お試しください。続くときは運用者にコードを伝えてください。",
            hint_en="Try again. If it goes on, tell the operator the code.",
        )


def status_of(error: RenkeiError) -> HTTPStatus:
    """The HTTP status for an error; one of another room's means that a service inside the box failed."""
    return error.status if isinstance(error, KioskError) else HTTPStatus.SERVICE_UNAVAILABLE
