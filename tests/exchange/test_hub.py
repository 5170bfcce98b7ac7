"""The HTTP client: what it trusts, and what each way of failing means. The table of outcomes.py, over real TLS."""

from __future__ import annotations

import itertools
import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.clock import SystemClock
from appliance.config import HubConfig
from appliance.exchange.hub import Hub, HubCertificateError, Patience, Unanswered
from appliance.exchange.outcomes import Delivered, Doubtful, Reason, Refused, Transient
from appliance.limits import HUB_ANSWER_MAX_BYTES
from provisioning.lab.pki import LabPki, make_lab_pki
from tests.exchange.box import FACILITY
from tests.exchange.scripted import (
    ScriptedServer,
    Step,
    answering,
    deaf,
    drop,
    hang_up,
    raw,
    request_of,
    silence,
)

SMALL = b'{"resourceType":"Bundle"}'
LARGE = b'{"resourceType":"Bundle","text":"' + b"x" * 4_000_000 + b'"}'
RESPONSE = json.dumps(
    {"resourceType": "Bundle", "type": "transaction-response", "entry": [{"response": {"status": "200"}}]}
).encode()
OUTCOME = json.dumps({"resourceType": "OperationOutcome", "issue": []}).encode()
HASTY = Patience(connect_s=2.0, read_s=0.3, in_all_s=0.6)


def config(pki: LabPki, url: str) -> HubConfig:
    pair = pki.client(FACILITY)
    return HubConfig(url=url, ca=pki.ca_path, certificate=pair.cert, key=pair.key)


def client(pki: LabPki, server: ScriptedServer, patience: Patience | None = None) -> Hub:
    return Hub(config(pki, server.url), SystemClock().monotonic_s, patience or HASTY)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


# --- sending -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (answering(200, RESPONSE), Delivered()),
        (answering(422, OUTCOME), Refused(OUTCOME.decode())),
        (answering(503, b"", "Retry-After: 7"), Transient(Reason.BUSY, 7.0)),
        (answering(502, b"<html>"), Doubtful(Reason.SERVER_ERROR)),
        (answering(302, b"", "Location: https://127.0.0.1:1/"), Transient(Reason.WRONG_ADDRESS)),
        (drop, Doubtful(Reason.DROPPED)),
        (silence, Doubtful(Reason.TIMEOUT)),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{"), Doubtful(Reason.DROPPED)),
        (raw(b"this is no HTTP\r\n\r\n"), Doubtful(Reason.DROPPED)),
        (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), Doubtful(Reason.DROPPED)),
        (
            raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"),
            Doubtful(Reason.DROPPED),
        ),
    ],
)
def test_each_way_to_answer_a_bundle_has_one_meaning(pki: LabPki, step: Step, expected: object) -> None:
    with ScriptedServer(pki, [step]) as server:
        assert client(pki, server).send(SMALL, 1) == expected


def test_a_bundle_that_a_line_does_not_carry_in_time_is_given_up_and_was_surely_not_processed(
    pki: LabPki,
) -> None:
    """Each look at the clock finds it ten seconds later: the pieces go out steadily, and far too slowly."""
    ticks = itertools.count(step=10)
    with ScriptedServer(pki, [answering(200, RESPONSE)]) as server:
        hub = Hub(config(pki, server.url), lambda: float(next(ticks)), HASTY)
        assert hub.send(LARGE, 1) == Transient(Reason.TOO_SLOW)
    took_s = next(ticks)
    assert HASTY.to_send_s(len(LARGE)) < took_s <= HASTY.to_send_s(len(LARGE)) + 30


def test_a_hub_that_stops_reading_does_not_hold_the_bundle_for_ever(pki: LabPki) -> None:
    with ScriptedServer(pki, [deaf]) as server:
        assert client(pki, server).send(LARGE, 1) == Transient(Reason.UNREACHABLE)


def test_a_bundle_that_was_not_handed_over_whole_was_surely_not_processed(pki: LabPki) -> None:
    with ScriptedServer(pki, [hang_up]) as server:
        assert client(pki, server, Patience()).send(LARGE, 1) == Transient(Reason.UNREACHABLE)


def test_nobody_listening_is_surely_nothing_processed(pki: LabPki) -> None:
    hub = Hub(config(pki, f"https://127.0.0.1:{free_port()}/fhir/R4"), SystemClock().monotonic_s, HASTY)
    assert hub.send(SMALL, 1) == Transient(Reason.UNREACHABLE)


def test_an_answer_that_drips_is_given_up_when_its_time_is_over(pki: LabPki) -> None:
    def drip(connection: object) -> None:
        request_of(connection)  # type: ignore[arg-type]
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")  # type: ignore[attr-defined]
        for _ in range(1000):
            connection.sendall(b" " * 10)  # type: ignore[attr-defined]
            clock.sleep(0.02)

    clock = SystemClock()
    with ScriptedServer(pki, [drip]) as server:
        assert client(pki, server).send(SMALL, 1) == Doubtful(Reason.TIMEOUT)


def test_an_answer_without_end_is_not_read_to_it(pki: LabPki) -> None:
    def flood(connection: object) -> None:
        request_of(connection)  # type: ignore[arg-type]
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")  # type: ignore[attr-defined]
        for _ in range(2 * HUB_ANSWER_MAX_BYTES // 1_000_000):
            connection.sendall(b" " * 1_000_000)  # type: ignore[attr-defined]

    with ScriptedServer(pki, [flood]) as server:
        assert client(pki, server, Patience()).send(SMALL, 1) == Doubtful(Reason.DROPPED)


# --- whom it trusts -----------------------------------------------------------------------------------


def test_a_server_of_another_ca_is_refused(pki: LabPki, tmp_path: Path) -> None:
    stranger = make_lab_pki(tmp_path / "stranger", [])
    with ScriptedServer(pki, [answering(200, RESPONSE)], pair=stranger.server) as server:
        assert client(pki, server).send(SMALL, 1) == Transient(Reason.TLS)
        assert server.requests == 0


def test_a_server_that_bears_another_name_is_refused(pki: LabPki) -> None:
    with ScriptedServer(pki, [answering(200, RESPONSE)], pair=pki.client("1300000001")) as server:
        assert client(pki, server).send(SMALL, 1) == Transient(Reason.TLS)


def test_tls_1_2_is_refused(pki: LabPki) -> None:
    with ScriptedServer(pki, [answering(200, RESPONSE)], newest="TLSv1_2") as server:
        assert client(pki, server).send(SMALL, 1) == Transient(Reason.TLS)
        assert server.requests == 0


def test_the_environments_proxies_and_cas_are_not_looked_at(
    pki: LabPki, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, nowhere)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    with ScriptedServer(pki, [answering(200, RESPONSE)]) as server:
        assert client(pki, server).send(SMALL, 1) == Delivered()


def test_certificates_that_cannot_be_read_are_an_error_of_their_own(pki: LabPki, tmp_path: Path) -> None:
    with pytest.raises(HubCertificateError):
        Hub(replace(config(pki, "https://127.0.0.1:1"), ca=tmp_path / "none.pem"), lambda: 0.0)


# --- asking --------------------------------------------------------------------------------------------


def test_what_is_there_is_read_and_what_is_gone_is_none(pki: LabPki) -> None:
    found = b'{"resourceType":"Provenance","id":"1"}'
    script = [answering(200, found), answering(404, OUTCOME), answering(410, OUTCOME)]
    with ScriptedServer(pki, script) as server:
        hub = client(pki, server)
        assert hub.read("Provenance", "1") == {"resourceType": "Provenance", "id": "1"}
        assert hub.read("Provenance", "1") is None
        assert hub.read("Provenance", "1") is None


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (answering(404, b"<html>nginx</html>"), Reason.WRONG_ADDRESS),
        (answering(200, b"{}"), Reason.NOT_UNDERSTOOD),
        (answering(200, b'{"resourceType":"Patient"}'), Reason.NOT_UNDERSTOOD),
        (answering(401, OUTCOME), Reason.UNAUTHORISED),
        (answering(403, OUTCOME), Reason.SERVER_ERROR),
        (answering(429, OUTCOME), Reason.BUSY),
        (answering(500, OUTCOME), Reason.SERVER_ERROR),
        (drop, Reason.UNREACHABLE),
        (silence, Reason.TIMEOUT),
    ],
)
def test_a_question_without_a_usable_answer_says_why(pki: LabPki, step: Step, reason: Reason) -> None:
    with ScriptedServer(pki, [step]) as server:
        assert client(pki, server).read("Provenance", "1") == Unanswered(reason)


def page(*ids: str, following: str = "") -> bytes:
    entries = [{"resource": {"resourceType": "Consent", "id": one}} for one in ids]
    link = [{"relation": "next", "url": following}] if following else []
    return json.dumps(
        {"resourceType": "Bundle", "type": "searchset", "entry": entries, "link": link}
    ).encode()


def test_a_search_sends_its_terms_in_the_body_and_follows_pages_at_its_own_hub(pki: LabPki) -> None:
    asked: list[bytes] = []

    def keeping(step_answer: bytes) -> Step:
        def step(connection: object) -> None:
            asked.append(request_of(connection))  # type: ignore[arg-type]
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(step_answer)}\r\nConnection: close\r\n\r\n"
            connection.sendall(head.encode() + step_answer)  # type: ignore[attr-defined]

        return step

    first = page("1", "2", following="https://hub.invalid/fhir/R4/Consent?_cursor=abc")
    with ScriptedServer(pki, [keeping(first), keeping(page("3"))]) as server:
        found = client(pki, server).search("Consent", [("patient.identifier", "urn:x|0012")])
    assert isinstance(found, list)
    assert [one["id"] for one in found] == ["1", "2", "3"]
    first_line, second_line = (one.partition(b"\r\n")[0] for one in asked)
    assert first_line == b"POST /fhir/R4/Consent/_search HTTP/1.1"
    assert asked[0].endswith(b"patient.identifier=urn%3Ax%7C0012")
    assert second_line == b"GET /fhir/R4/Consent?_cursor=abc HTTP/1.1"


def test_a_search_without_end_is_given_up(pki: LabPki, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.exchange.hub.HUB_PAGES_MAX", 5)
    endless = page("1", following="https://127.0.0.1/fhir/R4/Consent?_cursor=again")
    with ScriptedServer(pki, [answering(200, endless)]) as server:
        assert client(pki, server).search("Consent", []) == Unanswered(Reason.NOT_UNDERSTOOD)
        assert server.requests == 5 + 1


@pytest.mark.parametrize(
    "body",
    [
        b'{"resourceType":"Bundle"}',
        b'{"resourceType":"Bundle","entry":null,"link":5}',
        b'{"resourceType":"Bundle","entry":[1,{"resource":7},{"resource":{"resourceType":"Patient"}}]}',
    ],
)
def test_a_page_with_odd_contents_gives_what_is_sound_in_it(pki: LabPki, body: bytes) -> None:
    with ScriptedServer(pki, [answering(200, body)]) as server:
        assert client(pki, server).search("Consent", []) == []


def test_a_closed_client_can_be_used_again(pki: LabPki) -> None:
    with ScriptedServer(pki, [answering(404, OUTCOME)]) as server:
        hub = client(pki, server)
        hub.read("Consent", "1")
        hub.close()
        assert hub.read("Consent", "1") is None
