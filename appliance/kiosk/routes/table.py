"""The routes table: every page of the kiosk, its method, and who may use it. There are no other routes."""

from __future__ import annotations

from typing import Final

from appliance.kiosk.guard import Access, Page
from appliance.kiosk.routes import (
    confirming,
    consents,
    documents,
    every_page,
    finding,
    patient_screens,
    patients,
    sign_in,
    status,
)

ROUTES: Final[tuple[Page, ...]] = (
    Page("GET", "/", Access.EVERYONE, every_page.front),
    Page("GET", "/alive", Access.EVERYONE, every_page.alive),
    Page("GET", "/static/{name}", Access.EVERYONE, every_page.static_file),
    Page("POST", "/language", Access.EVERYONE, every_page.choose_language),
    Page("GET", "/sign-in", Access.EVERYONE, sign_in.show),
    Page("POST", "/sign-in", Access.EVERYONE, sign_in.sign_in),
    Page("POST", "/sign-out", Access.EVERYONE, sign_in.sign_out),
    Page("GET", "/home", Access.STAFF, finding.home),
    Page("POST", "/home", Access.STAFF, finding.search),
    Page("GET", "/patients", Access.STAFF, finding.results),
    Page("GET", "/patients/{reference}", Access.STAFF, patients.show),
    Page("GET", "/patients/{reference}/history", Access.STAFF, patients.history),
    Page("POST", "/patients/{reference}/elsewhere", Access.STAFF, patients.find_elsewhere),
    Page("GET", "/patients/{reference}/documents/{document}", Access.STAFF, documents.show),
    Page("GET", "/patients/{reference}/consent", Access.STAFF, patient_screens.prepare_consent),
    Page("POST", "/patients/{reference}/consent", Access.STAFF, patient_screens.start_consent),
    Page("GET", "/patients/{reference}/withdrawal", Access.STAFF, patient_screens.prepare_withdrawal),
    Page("POST", "/patients/{reference}/withdrawal", Access.STAFF, patient_screens.start_withdrawal),
    Page("GET", "/consents/{reference}", Access.STAFF, consents.show),
    Page("POST", "/consents/{reference}", Access.STAFF, consents.decide),
    Page("GET", "/consents/{reference}/paper", Access.STAFF, consents.paper),
    Page("POST", "/consents/{reference}/copy", Access.STAFF, consents.hand_over),
    Page("GET", "/work", Access.STAFF, status.work),
    Page("GET", "/status", Access.STAFF, status.show),
    Page("POST", "/alive", Access.STAFF, every_page.stay),
    Page("GET", "/flow", Access.PATIENT, patient_screens.show),
    Page("POST", "/flow", Access.PATIENT, patient_screens.act),
    Page("POST", "/flow/size", Access.PATIENT, patient_screens.resize),
    Page("POST", "/flow/alive", Access.PATIENT, every_page.stay),
    Page("GET", "/return", Access.PATIENT, confirming.show),
    Page("POST", "/return", Access.PATIENT, confirming.take_back),
)
