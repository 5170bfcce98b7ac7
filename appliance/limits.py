"""Every bound of the product, by name, with its unit: the one list (architecture.md, rule 5)."""

from __future__ import annotations

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB

# --- intake ---------------------------------------------------------------------------------------
SOURCE_FILE_MAX_BYTES: Final = 256 * MIB
"""A larger file is refused: the biggest DPC month seen is 100 MB."""
FOLDER_POLL_S: Final = 1.0
FOLDER_STABLE_LOOKS: Final = 3
"""Looks of our own at which size, modification time and inode must be unchanged before a file is read."""
FOLDER_STUCK_AFTER_S: Final = 600.0
"""A file that never comes to rest is reported after this time, and watched on."""
FOLDER_QUIET_S: Final = 30.0
"""A file without an end record is taken only after this long without any change."""
FOLDER_DEPTH: Final = 4
"""How many folders deep a source is looked at."""
FOLDER_MAX_ENTRIES: Final = 5_000
"""More entries than this in a source folder raise a warning."""
COMMIT_GROUP_DOCUMENTS: Final = 200
"""Documents of one arrival written per store transaction."""
ARRIVAL_UNLINKED_RETRY_S: Final = 3_600.0

# --- subprocesses -----------------------------------------------------------------------------------
SUBPROCESS_TIMEOUT_S: Final = 60.0

# --- sockets between the services -----------------------------------------------------------------
MESSAGE_MAX_BYTES: Final = 8 * MIB
SOCKET_TIMEOUT_S: Final = 15.0
SOCKET_BACKLOG: Final = 32
STOP_WITHIN_S: Final = 5.0
"""A service ends this soon after SIGTERM (architecture.md, processes)."""

# --- store ----------------------------------------------------------------------------------------
STORE_BUSY_TIMEOUT_S: Final = 30.0
"""How long a service waits for another's transaction before it gives up."""
SET_VANISH_MAX_SHARE: Final = 0.20
"""If more than this share of a claim set would vanish with a new file, the removals wait for a person."""

# --- consent --------------------------------------------------------------------------------------
CONSENT_SNAPSHOT_MAX_AGE_S: Final = 86_400.0
"""Normal views and sending stop when the network's consents were last seen longer ago; a policy may say otherwise."""
CONSENT_CASE_MAX_BYTES: Final = 4 * MIB
"""A longer line of `renkei consent explain` is answered with an error, unread."""

# --- formats --------------------------------------------------------------------------------------
SNIFF_BYTES: Final = 256 * KIB
"""How much of a file's beginning is looked at to tell its format."""
ROW_CHUNK_BYTES: Final = 1 * MIB
"""Rows are decoded in pieces of about this size, so that memory does not grow with the file."""
FINDINGS_PER_CODE: Final = 20
"""Findings of one code that are kept in full, a file or a document each; the rest is counted."""
NUMBER_MAX_DIGITS: Final = 12
"""Longer runs of digits in a number item are not read as a number."""

# --- supervision (`renkei run`) -------------------------------------------------------------------
SUPERVISE_POLL_S: Final = 0.1
RESTART_PAUSE_S: Final = 0.2
RESTART_PAUSE_MAX_S: Final = 5.0
RESTART_FORGIVEN_AFTER_S: Final = 10.0
"""A service that lived this long starts again with the shortest pause."""

# --- kiosk ----------------------------------------------------------------------------------------
KIOSK_BODY_MAX_BYTES: Final = 256 * KIB
"""A larger form is refused; a signature is the only one of more than a few hundred bytes."""
KIOSK_FIELDS_MAX: Final = 20
KIOSK_FIELD_MAX_CHARS: Final = 200
"""Of every field but the signature's."""
KIOSK_HEADERS_MAX_BYTES: Final = 16 * KIB
KIOSK_CONNECTIONS_MAX: Final = 64
KIOSK_KEEP_ALIVE_S: Final = 15
KIOSK_ASKING_MAX: Final = 8
"""Questions to other services under way at once; the rest wait their turn."""
KIOSK_LOOK_UP_TIMEOUT_S: Final = 10.0
"""How long a patient's page waits for the network's part before it is shown without."""
KIOSK_SESSIONS_MAX: Final = 64
KIOSK_SESSION_IDLE_S: Final = 300.0
"""A staff session without any action is locked after this time."""
KIOSK_SESSION_WARNING_S: Final = 60.0
"""How long before the lock the page asks whether to go on."""
KIOSK_DRAFT_IDLE_S: Final = 180.0
"""A patient who does nothing is asked after this time whether to go on (consent.md, section 2)."""
KIOSK_DRAFT_QUESTION_S: Final = 60.0
"""An unanswered question wipes the draft after this time."""
KIOSK_DRAFT_GRACE_S: Final = 10.0
"""What the box itself adds, where the page could not ask (no script)."""
KIOSK_REFERENCES_MAX: Final = 2_000
"""Patients and consents one session can name by reference; the oldest are forgotten first."""
KIOSK_SECTION_ROWS: Final = 30
"""Lines of one list shown at once; the others are folded away below it."""
KIOSK_SIGN_IN_TRIES: Final = 10
"""Failed sign-ins from one address or for one name within the window; after that both wait."""
KIOSK_SIGN_IN_WINDOW_S: Final = 300.0
KIOSK_SIGN_IN_WATCHED_MAX: Final = 1_000
"""Addresses and names watched at once."""
KIOSK_CYCLE_S: Final = 5.0
KIOSK_STATIC_MAX_AGE_S: Final = 86_400
SIGNATURE_WIDTH: Final = 1_000
"""Units across the signature field, whatever the screen."""
SIGNATURE_HEIGHT: Final = 300
SIGNATURE_MAX_STROKES: Final = 200
SIGNATURE_MAX_POINTS: Final = 5_000
SIGNATURE_MIN_POINTS: Final = 8
"""Fewer are a touch by mistake, not a signature."""
SIGNATURE_MAX_MS: Final = 600_000

# --- command line ---------------------------------------------------------------------------------
LIST_MAX_ROWS: Final = 1_000

# --- health ---------------------------------------------------------------------------------------
CERTIFICATE_WARNING_D: Final = 30
"""Days before its end at which a certificate is warned of."""
HUB_CONNECT_TIMEOUT_S: Final = 5.0
