"""What can go wrong with a storage server, in words for who has to act; no path and no name of anybody."""

from __future__ import annotations

from appliance.errors import Audience, RenkeiError
from appliance.exchange.sftp_wire import Code
from appliance.limits import SFTP_ROOM_MIN_BYTES


class SftpError(RenkeiError):
    """The storage server did not take what it was given."""

    code = "EXCHANGE-0201"
    audience = Audience.OPERATOR


class SftpCutError(SftpError):
    """The connection could not be made, or broke: the same operations may be tried again at any time."""

    code = "EXCHANGE-0202"


class SftpHostKeyError(SftpError):
    """The server does not show the key that is pinned: nothing was sent."""

    code = "EXCHANGE-0203"


class SftpSignInError(SftpError):
    """The server does not know the box's key."""

    code = "EXCHANGE-0204"


class SftpConflictError(SftpError):
    """Under a name of ours lies something that is not ours."""

    code = "EXCHANGE-0205"


class SftpIncompatibleError(SftpError):
    """The server offers nothing that may be agreed upon, or no key of the pinned one's kind."""

    code = "EXCHANGE-0206"


class SftpNoRoomError(SftpError):
    """The server could not write now: full, or for a reason that it does not tell. Tried again until it can."""

    code = "EXCHANGE-0207"


def refusal(code: int, free_bytes: int | None = None) -> SftpError:
    """What a status code says; `free_bytes` is what may still be written there, where the server tells it."""
    if free_bytes is not None and free_bytes < SFTP_ROOM_MIN_BYTES:
        return SftpNoRoomError(
            "配信先のサーバーに空き容量がありません。",
            "There is no room at the storage server.",
            hint_ja="運営主体に連絡してください。空きができれば自動で送ります。",
            hint_en="Tell the operator. It is sent by itself as soon as there is room.",
        )
    if code == Code.PERMISSION_DENIED:
        return SftpError(
            "配信先のサーバーが、その場所への書き込みを許しません。",
            "The storage server does not permit the box to write there.",
            hint_ja="サーバーで、この装置の利用者の権限と配信先のフォルダーを運営主体に確かめてください。",
            hint_en="Ask the operator about the permissions of the box's account and about the folder.",
        )
    if code == Code.NO_SUCH_FILE:
        return SftpError(
            "配信先のサーバーに、決められたフォルダーがありません。",
            "The folder agreed upon is not at the storage server.",
            hint_ja="設定の [sftp] root と、サーバーのフォルダーを確かめてください。",
            hint_en="Check [sftp] root in the settings, and the folder at the server.",
        )
    if code == Code.FAILURE:
        return SftpNoRoomError(
            "配信先のサーバーが書き込めませんでした（理由は示されていません）。",
            "The storage server could not write, and does not say why.",
            hint_ja="自動でもう一度送ります。続くときはサーバーの空き容量と割り当てを確かめてください。",
            hint_en="It is tried again by itself; if it goes on, check the room and the quota at the server.",
        )
    return SftpError(
        f"配信先のサーバーが要求を断りました（状態 {code}）。",
        f"The storage server refused a request (status {code}).",
        hint_ja="運営主体に、サーバーの設定を確かめてください。",
        hint_en="Ask the operator about the server's settings.",
    )


def sign_in() -> SftpSignInError:
    return SftpSignInError(
        "配信先のサーバーがこの装置の鍵を受け付けません。",
        "The storage server does not accept the key of this box.",
        hint_ja="装置の公開鍵がサーバーに登録されているか確かめてください。",
        hint_en="Check that the public key of the box is registered at the server.",
    )


def incompatible() -> SftpIncompatibleError:
    return SftpIncompatibleError(
        "配信先のサーバーと、使ってよい方式や登録された鍵の種類が合いません。",
        "The storage server offers no method that may be used, or no key of the pinned kind.",
        hint_ja="サーバーの設定（鍵の種類、暗号）を運営主体に確かめてください。",
        hint_en="Ask the operator about the server's settings (kinds of keys, ciphers).",
    )


def cut() -> SftpCutError:
    return SftpCutError(
        "配信先のサーバーとの接続が切れました。",
        "There is no connection to the storage server, or it broke.",
        hint_ja="自動で続きから送ります。続くときは回線とサーバーを確かめてください。",
        hint_en="Sending goes on by itself; if it does not, check the line and the server.",
    )


def host_key() -> SftpHostKeyError:
    return SftpHostKeyError(
        "配信先のサーバーの鍵が登録されたものと違います。何も送っていません。",
        "The storage server's key is not the one that is pinned. Nothing was sent.",
        hint_ja="運営主体に鍵を確かめ、正しければ設定を更新してください。",
        hint_en="Ask the operator for the key, and update the settings if it has changed.",
    )


def conflict() -> SftpConflictError:
    return SftpConflictError(
        "配信先に、この装置が書いたものではないファイルがあります。",
        "At the storage server lies a file that this box did not write.",
        hint_ja="運営主体に連絡してください。上書きはしません。",
        hint_en="Tell the operator. Nothing is overwritten.",
    )


def key_unreadable() -> SftpSignInError:
    return SftpSignInError(
        "この装置の鍵を読めません。",
        "The key of this box cannot be read.",
        hint_ja="鍵ファイルの場所と権限を確かめてください。",
        hint_en="Check the path of the key file and its permissions.",
    )
