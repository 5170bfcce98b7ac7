"""An ORCA server on loopback: the reading APIs by HTTP(S), PUSH by WebSocket, and a reception that keeps it busy.

    with Orca(charts_of(200)) as orca:
        number = orca.register()                     # a patient: made up, with insurance, diagnoses, allergies
        visit = orca.enter(number)                   # today's visit, with what the person's last claim says was done
        orca.correct(visit)                          # the same voucher, one act more
        orca.delete(visit); orca.enter_again(visit)  # as a reception does: the voucher is a new one
        orca.agree(number, agreed=False)             # Community_Cid_Agree
        source = orca.source()                       # settings for a source that reads it

Every change updates what the lists say (Update_Date, Update_Time, patientlst1v2) and is notified by PUSH, unless
`drop_every` loses it. `orca.truth()` is what must be in the box at the end: each visit that stands, with its codes.

Faults are switched on and off while it runs: `orca.faults.status["medicalgetv2"] = 500`, `.busy[number] = 2` (the next
two questions about that patient are answered 90), `.slow_s`, `.cut = 1` (the next answer breaks off in the middle);
`stop()` and `start()` switch the server off and on at the same address. With a `pki` it speaks TLS and wants the box's
certificate. `orca.asked` lists the API of every request that was let in, `most_at_once` how many ran side by side.
"""

from __future__ import annotations

import base64
import contextlib
import json
import ssl
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

from websockets.exceptions import WebSocketException
from websockets.sync.server import Server, ServerConnection, serve

from appliance.clock import JST
from appliance.formats.orca.visits import Visit
from appliance.practice.acts import ACTS
from appliance.practice.claims import add_months
from appliance.practice.facilities import CLINIC_A
from appliance.practice.orca.answers import (
    COMBINATION,
    DONE,
    Chart,
    acts_answer,
    diseases_answer,
    patient_answer,
)
from appliance.practice.orca.tree import Tree, xml_answer
from appliance.practice.population import care_months, populate
from appliance.sources import OrcaSource
from provisioning.lab.pki import LabPki

USER: Final = "renkei"
PASSWORD: Final = "かな漢字 passw:rd"
PHYSICIAN: Final = "架空　医師"
PREFIX: Final = "/api"
LIST_MAX: Final = 1_000


def charts_of(count: int, seed: int = 11) -> list[Chart]:
    """Made-up patients of clinic A who have something to tell."""
    months = care_months(date(2026, 9, 1), 1)
    people = populate(count * 2 + 20, seed, months)
    own = [one for one in people.courses if one.patient.clinic is CLINIC_A and one.claims]
    return [Chart(seed, one, one.claims[-1], add_months(months[-1], 1)) for one in own[:count]]


@dataclass(slots=True)
class Faults:
    """What is wrong at the moment."""

    status: dict[str, int] = field(default_factory=dict)
    """HTTP status by API; `*` for all."""
    busy: Counter[str] = field(default_factory=Counter)
    result: dict[str, str] = field(default_factory=dict)
    """Api_Result by API, instead of the answer."""
    bad_days: set[date] = field(default_factory=set)
    """Days whose list of visits is an error."""
    slow_s: float = 0.0
    cut: int = 0


@dataclass(slots=True)
class Person:
    """A patient as registered."""

    chart: Chart
    updated: datetime
    test: bool = False
    agreed: bool | None = None
    allergy: str = ""
    diseases: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """A visit as entered."""

    visit: Visit
    voucher: str
    updated: datetime
    groups: tuple[Tree, ...]


class Orca:
    """One server. `now` is its clock; `drop_every` loses every so many'th notification."""

    def __init__(
        self,
        charts: Sequence[Chart],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(JST),
        pki: LabPki | None = None,
        drop_every: int = 0,
    ) -> None:
        self.faults = Faults()
        self.asked: list[str] = []
        self.asked_at_s: list[float] = []
        self.most_at_once = 0
        self.people: dict[str, Person] = {}
        self.entries: dict[Visit, Entry] = {}
        self.now = now
        self._charts = list(reversed(charts))
        self._pki = pki
        self._vouchers = 0
        self._lock = threading.RLock()
        self._running = 0
        self._port = 0
        self._server: ThreadingHTTPServer | None = None
        self.push = PushServer(drop_every)

    def __enter__(self) -> Self:
        self.start()
        self.push.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.push.stop()
        self.stop()

    # --- the server's power switch ---------------------------------------------------------------

    def start(self) -> None:
        server = _Http(("127.0.0.1", self._port), _Handler)
        server.orca = self
        if self._pki is not None:
            server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            server.context.load_cert_chain(self._pki.server.cert, self._pki.server.key)
            server.context.load_verify_locations(self._pki.ca_path)
            server.context.verify_mode = ssl.CERT_REQUIRED
        self._port = server.server_address[1]
        self._server = server
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.close_all()
            self._server.server_close()
            self._server = None

    def source(self, **settings: Any) -> OrcaSource:
        """Settings that reach this server, without any pause between requests."""
        scheme = "https" if self._pki else "http"
        known: dict[str, Any] = {
            "name": "orca",
            "facility": CLINIC_A.number,
            "url": f"{scheme}://127.0.0.1:{self._port}{PREFIX}",
            "user": USER,
            "pause_ms": 0,
        }
        if self._pki is not None:
            own = self._pki.client(CLINIC_A.number)
            known |= {"ca": self._pki.ca_path, "certificate": own.cert, "key": own.key}
        return OrcaSource(**(known | settings))

    # --- the reception ---------------------------------------------------------------------------

    def register(self, *, test: bool = False, agreed: bool | None = None) -> str:
        """The next made-up person; their number."""
        with self._lock:
            chart = self._charts.pop()
            number = chart.course.patient.chart_number
            self.people[number] = Person(chart, self.now(), test, agreed)
        self._notify("patient_information", Patient_ID=number, Patient_Mode="add")
        return number

    def unregister(self, number: str) -> None:
        """The patient is no more, nor any of the visits."""
        with self._lock:
            del self.people[number]
            self.entries = {visit: entry for visit, entry in self.entries.items() if visit.patient != number}

    def enter(self, number: str, day: date | None = None) -> Visit:
        """A visit, in the next number of its department that day."""
        with self._lock:
            day = day or self.now().date()
            chart = self.people[number].chart
            same = [
                one
                for one in self.entries
                if (one.patient, one.day, one.department) == (number, day, chart.department)
            ]
            visit = Visit(number, day, chart.department, str(len(same) + 1))
            self._write(visit, _groups_of(chart))
        self._account("add", visit)
        return visit

    def correct(self, visit: Visit) -> None:
        """One act more than before."""
        with self._lock:
            entry = self.entries[visit]
            present = _codes(entry.groups)
            act = next(one for one in ACTS.values() if one.code not in present)
            line = {
                "Medication_Code": act.code,
                "Medication_Name": act.name,
                "Medication_Number": "1",
            }
            group: Tree = {
                "Medical_Class": "600",
                "Medical_Class_Number": "1",
                "Medication_info": [line],
            }
            self.entries[visit] = replace(entry, groups=(*entry.groups, group), updated=self.now())
            self._newer(visit, entry.updated)
        self._account("modify", visit)

    def delete(self, visit: Visit) -> None:
        with self._lock:
            del self.entries[visit]
        self._account("delete", visit)

    def enter_again(self, visit: Visit) -> None:
        """The same visit under a new voucher."""
        with self._lock:
            self._write(visit, _groups_of(self.people[visit.patient].chart))
        self._account("add", visit)

    def agree(self, number: str, *, agreed: bool) -> None:
        self.change(number, agreed=agreed)

    def change(self, number: str, **changed: Any) -> None:
        """Change what the patient's page says."""
        with self._lock:
            self.people[number] = replace(self.people[number], **changed, updated=self.now())
        self._notify("patient_information", Patient_ID=number, Patient_Mode="modify")

    def truth(self) -> dict[Visit, list[str]]:
        """The visits that stand and may be taken, each with its codes in order."""
        return {
            visit: _codes(entry.groups)
            for visit, entry in self.entries.items()
            if not self.people[visit.patient].test and self.people[visit.patient].agreed is not False
        }

    def _write(self, visit: Visit, groups: tuple[Tree, ...]) -> None:
        self._vouchers += 1
        self.entries[visit] = Entry(visit, f"{self._vouchers:07d}", self.now(), groups)

    def _newer(self, visit: Visit, before: datetime) -> None:
        """Two changes within one second are told apart by the next second, as a person's would be."""
        entry = self.entries[visit]
        if entry.updated.replace(microsecond=0) <= before.replace(microsecond=0):
            later = before.timestamp() + 1
            self.entries[visit] = replace(entry, updated=datetime.fromtimestamp(later, JST))

    def _account(self, mode: str, visit: Visit) -> None:
        entry = self.entries.get(visit)
        listed = {
            "Insurance_Combination_Number": COMBINATION,
            "Department_Code": visit.department,
            "Invoice_Number": entry.voucher if entry else "",
        }
        self._notify(
            "patient_account",
            Patient_Mode=mode,
            Patient_ID=visit.patient,
            Perform_Date=visit.day.isoformat(),
            Medical_Information=[listed],
        )

    def _notify(self, event: str, **body: Any) -> None:
        self.push.notify(event, body, self.now())

    # --- the answers -----------------------------------------------------------------------------

    @contextlib.contextmanager
    def at_work(self, api: str) -> Iterator[None]:
        with self._lock:
            self.asked.append(api)
            self.asked_at_s.append(time.monotonic())
            self._running += 1
            self.most_at_once = max(self.most_at_once, self._running)
        try:
            time.sleep(self.faults.slow_s)
            yield
        finally:
            with self._lock:
                self._running -= 1

    def answer(self, api: str, selector: str, asked: dict[str, str]) -> bytes:
        """The whole answer to one question."""
        with self._lock:
            name, body = self._answer(api, selector, asked)
        return xml_answer(name, body)

    def _answer(self, api: str, selector: str, asked: dict[str, str]) -> tuple[str, Tree]:
        number = asked.get("Patient_ID", asked.get("id", "")).zfill(6)
        root = _ROOTS[api, selector]
        if api in self.faults.result:
            return root, self._refused(self.faults.result[api], "エラー")
        if api == "visitptlstv2":
            return root, self._visits_on(date.fromisoformat(asked["Visit_Date"]))
        if api == "patientlst1v2":
            return root, self._changed_between(asked["Base_StartDate"], asked["Base_EndDate"])
        if self.faults.busy[number] > 0:
            self.faults.busy[number] -= 1
            return root, self._refused("90", "他端末使用中")
        person = self.people.get(number)
        if person is None:
            return root, self._refused("10", "患者番号に該当する患者が存在しません")
        if api == "patientgetv2":
            return root, self._page(person)
        if api == "diseasegetv2":
            return root, self._diseases(person)
        return root, (self._acts if selector == "02" else self._history)(person, number, asked)

    def _head(self) -> dict[str, str]:
        now = self.now().astimezone(JST)
        return {"Information_Date": now.date().isoformat(), "Information_Time": f"{now:%H:%M:%S}", **DONE}

    def _refused(self, result: str, message: str) -> Tree:
        return {**self._head(), "Api_Result": result, "Api_Result_Message": message}

    def _visits_on(self, day: date) -> Tree:
        if day in self.faults.bad_days:
            return self._refused("89", "システム項目が設定できません")
        entries = [one for one in self.entries.values() if one.visit.day == day]
        if not entries:
            return {**self._refused("13", "対象がありません"), "Visit_Date": day.isoformat()}
        rows = [self._row(one) for one in sorted(entries, key=lambda one: one.voucher)[:LIST_MAX]]
        head = (
            self._head()
            if len(entries) <= LIST_MAX
            else self._refused("12", "対象が１０００件以上存在します。")
        )
        return {**head, "Visit_Date": day.isoformat(), "Visit_List_Information": rows}

    def _row(self, entry: Entry) -> Tree:
        person = self.people[entry.visit.patient]
        return {
            "Patient_Information": _identity(person),
            "Department_Code": entry.visit.department,
            "Physician_Code": "10001",
            "Physician_WholeName": PHYSICIAN,
            "Voucher_Number": entry.voucher,
            "Sequential_Number": entry.visit.number,
            "Insurance_Combination_Number": COMBINATION,
            "Update_Date": entry.updated.date().isoformat(),
            "Update_Time": f"{entry.updated:%H:%M:%S}",
            "Patient_Update_Date": person.updated.date().isoformat(),
            "Patient_Update_Time": f"{person.updated:%H:%M:%S}",
        }

    def _changed_between(self, first: str, last: str) -> Tree:
        found = [one for one in self.people.values() if first <= one.updated.date().isoformat() <= last]
        if not found:
            return self._refused("20", "該当患者がありません")
        rows = [{**_identity(one), "TestPatient_Flag": str(int(one.test))} for one in found]
        return {**self._head(), "Target_Patient_Count": f"{len(rows):04d}", "Patient_Information": rows}

    def _page(self, person: Person) -> Tree:
        whole = patient_answer(person.chart)
        page: dict[str, Any] = dict(whole["Patient_Information"])
        page["TestPatient_Flag"] = str(int(person.test))
        page["Community_Cid_Agree"] = "" if person.agreed is None else str(person.agreed)
        page["Allergy2"] = person.allergy
        return {**whole, **self._head(), "Patient_Information": page}

    def _diseases(self, person: Person) -> Tree:
        if not person.diseases:
            return self._refused("21", "対象病名がありません")
        return {**diseases_answer(person.chart), **self._head()}

    def _acts(self, person: Person, number: str, asked: dict[str, str]) -> Tree:
        day = date.fromisoformat(asked["Perform_Date"])
        visit = Visit(number, day, asked["Department_Code"], asked["Sequential_Number"])
        entry = self.entries.get(visit)
        if entry is None:
            return self._refused("15", "対象がありません")
        listed: Tree = {"Insurance_Combination_Number": COMBINATION, "Medical_Information": entry.groups}
        return {
            **acts_answer(person.chart),
            **self._head(),
            "Perform_Date": day.isoformat(),
            "Department_Code": visit.department,
            "Sequential_Number": visit.number,
            "Medical_List_Information": [listed],
        }

    def _history(self, person: Person, number: str, asked: dict[str, str]) -> Tree:
        month = asked["Perform_Date"][:7]
        found = [
            one for one in self.entries if one.patient == number and one.day.isoformat().startswith(month)
        ]
        if not found:
            return self._refused("15", "対象がありません")
        rows: list[Tree] = [
            {
                "Perform_Date": one.day.isoformat(),
                "Department_Code": one.department,
                "Sequential_Number": one.number,
            }
            for one in sorted(found)
        ]
        return {**self._head(), "Patient_Information": _identity(person), "Medical_List_Information": rows}


_ROOTS: Final = {
    ("visitptlstv2", ""): "visitptlst01res",
    ("patientlst1v2", "01"): "patientlst1res",
    ("patientgetv2", ""): "patientinfores",
    ("diseasegetv2", "01"): "disease_infores",
    ("medicalgetv2", "01"): "medicalget01res",
    ("medicalgetv2", "02"): "medicalget02res",
}
"""What is answered here, by API and `class`; everything else is 405, above all whatever writes."""


def _identity(person: Person) -> dict[str, str]:
    page = patient_answer(person.chart)["Patient_Information"]
    members = ("Patient_ID", "WholeName", "WholeName_inKana", "BirthDate", "Sex")
    return {name: str(page[name]) for name in members}


def _groups_of(chart: Chart) -> tuple[Tree, ...]:
    (listed,) = acts_answer(chart)["Medical_List_Information"]
    return tuple(listed["Medical_Information"])


def _codes(groups: Sequence[Tree]) -> list[str]:
    return [str(line["Medication_Code"]) for group in groups for line in group["Medication_info"]]


class _Http(ThreadingHTTPServer):
    """Serves, and can hang up on everybody when it is switched off."""

    orca: Orca
    context: ssl.SSLContext | None = None
    daemon_threads = True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._open: set[Any] = set()

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            if self.context is None:
                super().process_request_thread(request, client_address)
            else:
                with self.context.wrap_socket(request, server_side=True) as secured:
                    self.finish_request(secured, client_address)
        except OSError:
            request.close()
        finally:
            self._open.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is nothing to write about."""

    def close_all(self) -> None:
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(2)


class _Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    server: _Http
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self._serve(parts.path, "", query)

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = {one.tag: one.text or "" for one in ET.fromstring(body).iter() if one.get("type") == "string"}
        self._serve(parts.path, parse_qs(parts.query).get("class", [""])[0], asked)

    def _serve(self, path: str, selector: str, asked: dict[str, str]) -> None:
        orca = self.server.orca
        api = path.removeprefix(f"{PREFIX}/api01rv2/")
        status = orca.faults.status.get(api, orca.faults.status.get("*", 200))
        given = base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        if given != f"{USER}:{PASSWORD}":
            status = 401
        elif (api, selector) not in _ROOTS:
            status = 405
        with orca.at_work(api):
            body = orca.answer(api, selector, asked) if status == 200 else b"<html></html>"
        self._send(status, body)

    def _send(self, status: int, body: bytes) -> None:
        faults = self.server.orca.faults
        self.send_response(status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if faults.cut > 0 and status == 200:
            faults.cut -= 1
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
            return
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


class PushServer:
    """The pusher: tells every subscriber, acknowledges nothing, repeats nothing."""

    def __init__(self, drop_every: int = 0) -> None:
        self.sent = 0
        self.dropped = 0
        self._drop_every = drop_every
        self._subscribers: set[ServerConnection] = set()
        self._server: Server | None = None
        self._thread: threading.Thread | None = None
        self._port = 0

    @property
    def address(self) -> str:
        return f"ws://127.0.0.1:{self._port}/ws"

    @property
    def subscribers(self) -> int:
        return len(self._subscribers)

    def start(self) -> None:
        self._server = serve(self._talk, "127.0.0.1", self._port)
        self._port = self._server.socket.getsockname()[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._server is not None and self._thread is not None:
            for connection in list(self._subscribers):
                with contextlib.suppress(OSError, WebSocketException):
                    connection.close()
            self._server.shutdown()
            self._thread.join()
            self._server = None

    def notify(self, event: str, body: dict[str, Any], at: datetime) -> None:
        self.sent += 1
        if self._drop_every and self.sent % self._drop_every == 0:
            self.dropped += 1
            return
        data = {
            "id": self.sent % 65_535 + 1,
            "uuid": str(uuid.uuid4()),
            "event": event,
            "user": "jimu01",
            "body": body,
            "time": f"{at:%Y-%m-%dT%H:%M:%S%z}",
        }
        self.say(json.dumps({"command": "event", "sub.id": "1", "data": data}, ensure_ascii=False))

    def say(self, text: str) -> None:
        """Send whatever to every subscriber."""
        for connection in list(self._subscribers):
            with contextlib.suppress(OSError, WebSocketException):
                connection.send(text)

    def _talk(self, connection: ServerConnection) -> None:
        try:
            for message in connection:
                asked = json.loads(message)
                if asked.get("command") == "subscribe":
                    answer = {"command": "subscribed", "req.id": asked["req.id"], "sub.id": "1"}
                    connection.send(json.dumps(answer))
                    self._subscribers.add(connection)
        except (OSError, WebSocketException):
            pass
        finally:
            self._subscribers.discard(connection)
