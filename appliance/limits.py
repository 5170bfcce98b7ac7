"""Every bound of the product, by name, with its unit: the one list (architecture.md, rule 5)."""

from __future__ import annotations

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB

# --- intake ---------------------------------------------------------------------------------------
SOURCE_FILE_MAX_BYTES: Final = 256 * MIB
"""A larger file is refused: the biggest DPC month seen is 100 MB."""
FOLDER_POLL_S: Final = 1.0
FOLDER_POLL_SETTLING_S: Final = 0.25
"""Between looks at a folder on the box while a file that has just come may be coming to rest."""
FOLDER_STABLE_LOOKS: Final = 3
"""Looks of our own at which nothing of a file may have changed before it is opened."""
FOLDER_STUCK_AFTER_S: Final = 600.0
"""A file that never comes to rest is reported after this time, and watched on."""
FOLDER_QUIET_S: Final = 30.0
"""A file without an end mark is taken only after this long without any change."""
FOLDER_OPEN_END_QUIET_S: Final = 300.0
"""A file whose last row has no end, where the site file says that its writer leaves it out: this long without any change."""
FOLDER_DEPTH: Final = 4
"""How many folders deep a source is looked at."""
FOLDER_MAX_ENTRIES: Final = 5_000
"""More entries than this in a source folder raise a warning."""
FOLDER_LOOK_MAX_ENTRIES: Final = 50_000
"""What goes beyond is not looked at: its memory would be the box's."""
FOLDER_TAKES_PER_LOOK: Final = 200
"""After so many files the folder is looked at anew, so that the rest of a large heap is judged by what is true now."""
FILE_NAME_MAX_BYTES: Final = 255
FILE_SIGN_OF_LIFE_S: Final = 10.0
"""A source of files that waits says so this often; well below SOURCE_SILENT_S."""
FOLDER_QUOTA_AGAIN_SHARE: Final = 0.9
"""A shared folder closed for fullness opens again at this part of its quota."""
TAKEN_SHELVES: Final = 256
"""Values in which the memory of taken files is kept; one of them is written with each file."""
SHARE_CALL_S: Final = 10.0
"""The longest wait for one answer of another computer's share."""
SHARE_CONNECT_S: Final = 25.0
"""The longest wait for a connection and sign-in as a whole."""
SHARE_READS_AHEAD: Final = 3
"""Pieces of a file that are asked for while the one before them is being kept."""
SHARE_LISTING_BYTES: Final = 64 * KIB
SHARE_RETRY_FIRST_S: Final = 1.0
SHARE_RETRY_MAX_S: Final = 60.0
"""A share that is away is asked at least this often whether it is back."""
SHARE_REFUSED_RETRY_S: Final = 120.0
"""After a refused password: more tries would lock the account."""
SHARE_PASSWORD_CHARS: Final = 20
"""Of a generated password for an account of the box's own share: 20 of 31 letters are 99 bits."""
COMMIT_GROUP_DOCUMENTS: Final = 100
"""Documents of one arrival written per store transaction: other services wait no longer for their turn than one takes."""
ARRIVAL_UNLINKED_RETRY_S: Final = 3_600.0
ARRIVAL_PIECE_BYTES: Final = 1 * MIB
"""What a source's process hands over at once. Files are read and hashed so as well."""
ARRIVAL_PIECES_UNDER_WAY_MAX: Final = 4
"""Pieces of one arrival that a source's process has handed over and the intake has not yet answered."""
SOURCE_FREED_KEPT_BYTES: Final = 8 * MIB
"""Memory that a source's process keeps for its next pieces after it was freed."""
TRAY_PIECE_MIN_BYTES: Final = 64 * KIB
"""A piece of at least this size goes to the intake through shared memory, a smaller one through the socket."""
SOURCE_SILENT_S: Final = 60.0
"""A source's process that says nothing for so long hangs: it is ended and started again."""
SOURCE_RESTART_PAUSE_S: Final = 0.5
SOURCE_RESTART_PAUSE_MAX_S: Final = 60.0
SOURCE_STEADY_AFTER_S: Final = 60.0
"""A source's process that lived this long starts again with the shortest pause."""
INTAKE_CYCLE_S: Final = 1.0
"""How long the intake waits for its sources before it looks after itself."""
PROBE_WITHIN_S: Final = 20.0
"""How long a source has for its first look when it is only tried."""
INTAKE_TOLD_S: Final = 5.0
"""How often the intake writes down that it runs, and what it has counted."""
UNDERSTAND_RETRY_S: Final = 5.0
"""How long after a failing write the store is tried again."""
STORE_ROOM_LOOK_S: Final = 2.0
STORE_ROOM_MIN_BYTES: Final = 256 * MIB
"""Free space of the store's partition below which nothing new is taken: what is held must still be delivered."""
STORE_ROOM_AGAIN_BYTES: Final = 320 * MIB
"""Free space at which taking starts again."""
STORE_ROOM_MIN_INODES: Final = 1_000

# --- intake: ORCA ----------------------------------------------------------------------------------
ORCA_PAUSE_MIN_MS: Final = 500
"""Between two requests: the receipt computer is busy with patients, so at most two a second (reference: ORCA, section 2)."""
ORCA_PAUSE_MAX_MS: Final = 10_000
ORCA_POLL_MIN_S: Final = 60
ORCA_POLL_MAX_S: Final = 3_600
"""How often the lists of yesterday and today may be asked for."""
ORCA_CONNECT_TIMEOUT_S: Final = 4.0
ORCA_READ_TIMEOUT_S: Final = 10.0
ORCA_REQUEST_MAX_S: Final = 12.0
"""One request in all; with the others it stays far below SOURCE_SILENT_S."""
ORCA_ANSWER_MAX_BYTES: Final = 16 * MIB
ORCA_BACKOFF_FIRST_S: Final = 5.0
"""The pause after a server that was away; it doubles up to the usual time between two looks."""
ORCA_FAILURES_MAX: Final = 5
"""Visits in a row that could not be fetched, after which the server is left alone for a while."""
ORCA_TICK_S: Final = 1.0
"""How often a waiting source listens to PUSH and gives its sign of life."""
ORCA_SIGN_S: Final = 5.0
"""How often a busy source gives its sign of life."""
ORCA_HINT_PAUSE_S: Final = 5.0
"""Between two looks that PUSH asked for: a busy reception makes several notifications a minute."""
ORCA_NIGHT_HOUR: Final = 20
"""From this hour on (JST) the day's longer work is done: most clinics have closed, few servers are switched off yet."""
ORCA_LISTS_TRIES_MAX: Final = 3
"""A day whose list of visits is an error is asked for so often in a row; the next night asks again."""
ORCA_WINDOW_D: Final = 45
"""Days back that are looked at every night, and after an outage: claims of a month are corrected until the 10th of the next."""
ORCA_ROUND_D: Final = 7
"""Every patient of those days is asked about again within so many nights: diagnoses are entered without any visit."""
ORCA_VISITS_PER_PATIENT_MAX: Final = 2_000
"""Visits of one patient that are remembered, the newest; older ones can no longer be taken back by the source itself."""
ORCA_PUSH_CONNECT_S: Final = 3.0
ORCA_PUSH_RETRY_S: Final = 10.0
ORCA_PUSH_MESSAGE_MAX_BYTES: Final = 64 * KIB
ORCA_PUSH_AT_ONCE: Final = 200
"""Notifications taken in one listening, and remembered by their uuid so that a repeated one is known."""

# --- serial lines -----------------------------------------------------------------------------------
SERIAL_MESSAGE_MAX_BYTES: Final = 256 * KIB
"""A longer message of a serial line is refused (NAK) or, where there are no replies, left out and counted."""
SERIAL_FRAME_TIMEOUT_S: Final = 30.0
"""A session without a frame or its end for so long is over (ASTM E1381: receiver's time-out)."""
SERIAL_NAKS_MAX: Final = 6
"""Refusals of one frame after which nothing is answered until the sender ends its session (ASTM E1381)."""
SERIAL_ASIDE_S: Final = 120.0
"""A message that a device gave up is kept aside so long for the device to send it again, then taken as cut short."""
SERIAL_DAMAGE_QUIET_S: Final = 0.5
"""A damaged frame is refused once the line has been silent this long: a reply never falls into what is being sent."""
SERIAL_TEXT_GAP_S: Final = 3.0
"""A text (STX … ETX) or a line that stops for so long has lost its end."""
SERIAL_SCAN_QUIET_S: Final = 0.1
SERIAL_SCAN_QUIET_CHARS: Final = 20
"""A scan without STX and ETX is over after this silence, the longer of the two, if it ends in a line end …"""
SERIAL_SCAN_UNENDED_S: Final = 2.0
"""… and after this one if it does not."""
SERIAL_SCANS_TO_JUDGE: Final = 3
"""Equal scans after which a reader's way of checking is held to."""
SERIAL_PARTS_WAIT_S: Final = 60.0
"""Parts of a split form wait so long for the next one."""
SERIAL_DOUBLE_READ_S: Final = 10.0
"""The same scan again within this time is a double read."""
SERIAL_UNTAKEN_MAX: Final = 64
"""Messages that devices without replies have sent while the store was full (of a reader of codes, as many parts beside
them); then the line is no longer read."""
SERIAL_SPOOL_CHUNK_BYTES: Final = 4 * KIB
"""A session's text is kept in pieces of about this size."""
SERIAL_WAIT_S: Final = 1.0
"""How long the line is waited for at most in one go."""
SERIAL_WRITE_TIMEOUT_S: Final = 2.0
SERIAL_READ_BYTES: Final = 4 * KIB
SERIAL_LOOKED_S: Final = 2.0
"""How often a line gives a sign of life."""
SERIAL_TROUBLE_SHOWN_S: Final = 600.0
"""How long an incident on the line is shown."""
SERIAL_RESENT_FEW: Final = 3
"""Damaged messages in that time that are not shown yet where the device sends them again."""
SERIAL_REOPEN_FIRST_S: Final = 0.2
SERIAL_REOPEN_MAX_S: Final = 5.0
"""A device that was unplugged is looked for at least this often."""
CAPTURE_QUIET_S: Final = 1.0
"""`renkei intake capture` judges what it heard after this silence."""
CAPTURE_ENOUGH_BYTES: Final = 4
"""Fewer bytes than this that make no sense are waited for again: they may be a plug going in."""
CAPTURE_SHOWN_BYTES: Final = 2 * KIB

# --- subprocesses -----------------------------------------------------------------------------------
SUBPROCESS_TIMEOUT_S: Final = 60.0

# --- keys -------------------------------------------------------------------------------------------
TPM_TIMEOUT_S: Final = 90.0
"""One sealing or unsealing: a slow TPM makes its primary key in some seconds, and other programs may hold it."""
PROGRAM_WORDS_MAX_CHARS: Final = 200
"""Of what a failing program said, in an error message."""
STORE_COPY_PAGES: Final = 1_024
"""Pages of 4 KiB copied at once when the store is written anew with another key."""
REKEY_SPARE_BYTES: Final = 64 * MIB
"""Free space that is left over beside the second copy of the store."""
ESCROW_FILE_MAX_BYTES: Final = 64 * KIB
RECOVERY_RSA_MIN_BITS: Final = 3_072
"""Of the operator's recovery certificate: an escrow has to withstand as many years as the data are kept (CRYPTREC, 128 bits)."""

# --- faults of our own ------------------------------------------------------------------------------
FAULT_PLACES_MAX: Final = 12
"""Of the places that led to a fault, so many of the innermost are told."""

# --- sockets between the services -----------------------------------------------------------------
MESSAGE_MAX_BYTES: Final = 8 * MIB
SOCKET_TIMEOUT_S: Final = 15.0
SOCKET_BACKLOG: Final = 32
STOP_WITHIN_S: Final = 5.0
"""A service ends this soon after SIGTERM (architecture.md, processes)."""

# --- store ----------------------------------------------------------------------------------------
STORE_BUSY_TIMEOUT_S: Final = 30.0
"""How long a service waits for another's transaction before it gives up."""
STORE_LOG_KEEP_BYTES: Final = 16 * MIB
"""The write-ahead log is cut back to this after it has been copied into the store."""
PIECE_FILE_MIN_BYTES: Final = 48 * KIB
"""A piece of an arrival of at least this size is a file of its own beside the store; smaller ones are faster as rows."""
PIECE_FILES_WRITERS: Final = 4
PIECE_FILES_UNDER_WAY_MAX: Final = 6
"""Large pieces of one arrival that are being written or wait for it: what a slow disk makes the source wait for is one of them."""
SET_VANISH_MAX_SHARE: Final = 0.20
"""If more than this share of a claim set would vanish with a new file, the removals wait for a person."""

# --- store: backup, retention, damage ---------------------------------------------------------------
BACKUP_EVERY_H: Final = 24
BACKUP_WARN_AFTER_D: Final = 3
"""Days without a good backup after which one way is a warning; a removable medium wants its own number in the site file."""
BACKUP_KEEP_DAILY: Final = 7
BACKUP_KEEP_WEEKLY: Final = 4
"""Generations kept at one place: the newest of each of the last seven days and four weeks that have one."""
BACKUP_STEP_PAGES: Final = 256
"""Pages of the store copied at once, one MiB; then others have the disk for BACKUP_STEP_PAUSE_S."""
BACKUP_STEP_PAUSE_S: Final = 0.02
BACKUP_MARGIN_BYTES: Final = 64 * MIB
"""Room that a backup leaves free at its place."""
BACKUP_NICE: Final = 19
BACKUP_PART_BYTES: Final = 4 * MIB
"""What one request carries to the operator's store: a cut costs no more than one of them."""
BACKUP_CONNECT_S: Final = 10.0
BACKUP_ANSWER_S: Final = 60.0
BACKUP_MANIFEST_MAX_BYTES: Final = 64 * MIB
"""A larger manifest is not read: a million piece files make some 100 bytes each."""
RETENTION_BYTES_D: Final = 400
"""Raw bytes: thirteen months after delivery, so that a year's corrections and returned claims can be traced to their file."""
RETENTION_BYTES_MIN_D: Final = 30
RETENTION_VERSIONS_D: Final = 400
RETENTION_VERSIONS_MIN_D: Final = 30
RETENTION_GROUP_ROWS: Final = 50
"""Arrivals or documents disposed of in one transaction."""
RETENTION_VACUUM_PAGES: Final = 256
"""Freed pages given back to the file system in one transaction."""
STORE_ALONE_WITHIN_S: Final = 60.0
"""How long whoever replaces the store waits for the services to let go of it."""
STORE_WANTED_LOOK_S: Final = 0.5
"""How often an open store looks whether somebody waits to replace it."""
SALVAGE_ROWS: Final = 500
"""Rows of a damaged store that are carried over in one transaction."""

# --- consent --------------------------------------------------------------------------------------
CONSENT_SNAPSHOT_MAX_AGE_S: Final = 86_400.0
"""Normal views and sending stop when the network's consents were last seen longer ago; a policy may say otherwise."""
SIGNED_DOCUMENT_MAX_BYTES: Final = 8 * MIB
"""A signed document (policy, participants, desired state) that is longer is refused, unread."""
SIGNED_VERSION_MAX: Final = 2**53 - 1
"""The greatest version of a signed document: any reader of JSON keeps it exactly."""
SIGNATURE_MAX_BYTES: Final = 16 * KIB
"""A CMS signature with its certificates."""
SIGNATURE_CHAIN_MAX: Final = 1
"""Authorities between a signer's certificate and the network's anchor."""
RULES_WARNING_D: Final = 14
"""So many days before the policy or the participant list ends the doctor warns."""
RULES_LOOK_S: Final = 60.0
"""How often the operator's signed rules are looked at again though their files are the same: their dates come and go."""
RULES_NUMBER_MAX: Final = 36_500
"""The largest number of days or years that the operator's rules may name: a hundred years in days."""
CONSENT_CASE_MAX_BYTES: Final = 4 * MIB
"""A longer line of `renkei consent explain` is answered with an error, unread."""

# --- formats --------------------------------------------------------------------------------------
SNIFF_BYTES: Final = 256 * KIB
"""How much of a file's beginning is looked at to tell its format."""
ENDING_BYTES: Final = 64 * KIB
"""How much of a file's beginning and of its end is looked at to tell whether it is whole."""
ROW_CHUNK_BYTES: Final = 256 * KIB
"""Rows are decoded in pieces of about this size, so that memory does not grow with the file; short rows take 40 times it."""
FINDINGS_PER_CODE: Final = 20
"""Findings of one code that are kept in full, a file or a document each; the rest is counted."""
NUMBER_MAX_DIGITS: Final = 12
"""Longer runs of digits in a number item are not read as a number."""
RETURNED_SHOWN_MAX: Final = 10_000
"""Returned claims of one file that are shown one by one."""
DISPENSINGS_PER_GROUP_MAX: Final = 62
"""Days on which one prescription group is dispensed in a month: two a day; each makes a record of every drug."""
CLAIM_ROW_MAX_CHARS: Final = 8_000
"""Of one row of a claim file, the rest is not read; the longest item (症状詳記) has 2,400 bytes."""
CLAIM_ROW_ITEMS_MAX: Final = 200
"""Items of one row that are told apart; the widest layout has 63."""
CLAIM_ROWS_MAX: Final = 10_000
"""Rows of one claim; a month in intensive care has about 4,000. With the two bounds above it bounds memory."""
CLAIMS_REFUSED_MAX: Final = 10_000
"""After so many claims or facility rows that could not be taken the rest of a file is not read (a hospital sends 60,000)."""
SOUND_HEADS_MAX: Final = 50
"""Different facility rows of one file that a damaged one is compared with."""
TEETH_PER_ROW_MAX: Final = 64
"""Teeth that one dental row names (歯式コード, 64 times six characters)."""
SPECIAL_NOTES_MAX: Final = 5
"""特記事項 of one claim (five codes of two digits)."""
PATIENT_STATES_MAX: Final = 20
"""患者の状態 of one claim (twenty codes of three digits)."""
CLAIM_VOLUMES_MAX: Final = 100
"""Volumes of one claim set: their number has two digits."""

# --- pharmacy formats (NSIPS, JAHIS) --------------------------------------------------------------
PHARMACY_FILE_MAX_BYTES: Final = 4 * MIB
"""A larger file is no prescription and no notebook: ten years of a notebook are about 1 MB."""
PHARMACY_ROWS_MAX: Final = 20_000
"""Rows of one file that are read: ten years of a notebook are about 8,000."""
PHARMACY_ITEMS_MAX: Final = 100
"""Items of one row that are told apart; the widest layout has 49."""
FRAGMENTS_MAX: Final = 64
"""Parts of one split file that are joined; two-dimensional codes are split into 16 at most."""
FRAGMENTS_MAX_BYTES: Final = 256 * KIB
"""Bare fragments in all; sixteen of the largest two-dimensional codes hold 48 KB."""
FRAGMENT_STEPS_MAX: Final = 5_000
"""Steps in which orders of bare fragments are looked for before a person is asked for the right one."""
FRAGMENT_ORDERS_MAX: Final = 50
"""Orders of bare fragments that are read to see whether they make sense."""

# --- formats: XML, JSON, messages, attachments ------------------------------------------------------
XML_MAX_BYTES: Final = 32 * MIB
"""A larger document is kept whole and not read."""
XML_MAX_DEPTH: Final = 100
XML_MAX_ELEMENTS: Final = 60_000
XML_MAX_ATTRIBUTES: Final = 150_000
"""Elements, and attributes of all of them together, of one document: they bound the memory that reading takes."""
XML_TEXT_MAX_CHARS: Final = 64 * KIB
"""Of one element or attribute; what goes beyond is left out (an embedded picture), the document stays whole."""
XML_TEXTS_MAX_CHARS: Final = 8 * MIB
"""Of all elements and attributes of one document together; what follows is left out in the same way."""
XML_FEED_BYTES: Final = 64 * KIB
JSON_MAX_BYTES: Final = 6 * MIB
"""A larger answer is kept and not read; one with as many marks as are read has about 3 MB."""
JSON_MAX_DEPTH: Final = 50
JSON_MAX_MARKS: Final = 150_000
"""Commas, colons and brackets of one JSON document: they bound the memory that reading takes."""
MESSAGE_ROW_MAX_BYTES: Final = 1 * MIB
"""A longer row of a laboratory message (an embedded document) is kept and not read."""
MESSAGE_ROWS_MAX: Final = 30_000
"""Rows of one laboratory file; what follows them is kept and not read."""
MESSAGE_FILE_MAX_BYTES: Final = 16 * MIB
"""A larger laboratory file is kept and not read: a day of 30,000 rows has about 5 MB."""
MESSAGE_SEGMENTS_MAX: Final = 10_000
"""Rows of one message; it tells of one patient (HL7) or one run of an analyser (ASTM). A longer one is not read."""
MESSAGE_FIELDS_MAX: Final = 40
"""Fields of one row that are told apart; the highest that is read has number 26."""
MESSAGE_REPETITIONS_MAX: Final = 8
"""Repetitions of one field that are told apart; the rest stays with the last."""
ORCA_HEAD_MAX_BYTES: Final = 256 * KIB
"""The line that says what an envelope of ORCA answers is; one with a thousand visits has 40 KiB."""
ATTACHMENT_NAME_MAX_CHARS: Final = 255
ATTACHMENT_RULE_MAX_CHARS: Final = 200

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
KIOSK_REQUEST_WITHIN_S: Final = 20.0
"""A browser that opens a connection, or begins a form, has this long to send it."""
KIOSK_GOODBYE_S: Final = 0.3
"""How long a stopping kiosk waits for a browser to close its side of a connection."""
KIOSK_ASKING_MAX: Final = 8
"""Questions to other services under way at once; the rest wait their turn."""
KIOSK_LOOK_UP_TIMEOUT_S: Final = 10.0
"""How long a patient's page waits for the network's part before it is shown without."""
KIOSK_SESSIONS_MAX: Final = 64
KIOSK_SESSION_WARNING_S: Final = 60.0
"""How long before a staff session locks the page asks whether to go on."""
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
KIOSK_SIGNATURE_MAX_POINTS: Final = 5_000
"""What the page records at most: a minute of writing; it keeps the form within KIOSK_BODY_MAX_BYTES."""
KIOSK_SIGNATURE_MAX_MS: Final = 600_000

# --- command line ---------------------------------------------------------------------------------
LIST_MAX_ROWS: Final = 1_000

# --- health ---------------------------------------------------------------------------------------
CERTIFICATE_WARNING_D: Final = 30
"""Days before its end at which a certificate is warned of."""
HUB_CONNECT_TIMEOUT_S: Final = 5.0

# --- practice population ---------------------------------------------------------------------------
PRACTICE_PEOPLE_MAX: Final = 10_000
"""Held in memory while the files are made: about 140 MB for 1,000 people over three months, 210 MB with every format."""
PRACTICE_MONTHS_MAX: Final = 18
PRACTICE_BULK_MAX_BYTES: Final = 256 * MIB
"""A generated benchmark file is no larger than what intake takes."""

# --- staff, sessions, desk ------------------------------------------------------------------------
PASSWORD_MIN_CHARS: Final = 13
"""Without a second factor (Q&A シQ-54 a of the ministry's guideline 6.0)."""
PASSWORD_MAX_CHARS: Final = 128
PASSWORD_HASH_MEMORY_KIB: Final = 19 * KIB
PASSWORD_HASH_PASSES: Final = 2
PASSWORD_HASH_LANES: Final = 1
"""argon2id at the least setting that OWASP recommends: the smallest board has 1 GiB for all services."""
SIGN_IN_MAX_FAILURES: Final = 5
"""Wrong passwords in a row after which an account is locked for SIGN_IN_LOCK_S."""
SIGN_IN_LOCK_S: Final = 900.0
LOGIN_MAX_CHARS: Final = 64
STAFF_NAME_MAX_CHARS: Final = 80
SESSION_IDLE_S: Final = 300.0
SESSION_MAX_S: Final = 36_000.0
"""A session ends after ten hours, however busy: one working day."""
SESSION_TOUCH_S: Final = 10.0
"""Activity is written down this often at most, so that a page costs no disk write; a session may lock this much early."""
SESSIONS_PER_STAFF_MAX: Final = 5
SESSION_KEEP_S: Final = 604_800.0
"""Ended sessions are forgotten after a week; the audit keeps who was signed in."""
CLOCK_MARK_S: Final = 60.0
"""How often the last trusted time is written down."""
DESK_CYCLE_S: Final = 1.0
DESK_WAKE_TIMEOUT_S: Final = 0.5
DESK_SWEEP_S: Final = 30.0
"""How often the desk ends sessions and consents that are due (within 60 s, security requirement A4)."""
AUDIT_PAGE_ROWS: Final = 1_000
FIND_PATIENTS_MAX: Final = 30
TIMELINE_MAX_PER_CLASS: Final = 200
"""Lines of one data class on a patient's page, newest first."""
WORK_LIST_MAX: Final = 100
"""Items of one kind in the staff's work list."""
ACCESS_HISTORY_MAX: Final = 200
SIGNATURE_MAX_POINTS: Final = 20_000
SIGNATURE_MAX_STROKES: Final = 500
SIGNATURE_MIN_POINTS: Final = 5
"""Fewer points are a slip of the finger, not a signature."""
REASON_MAX_CHARS: Final = 500
REQUEST_ID_MAX_CHARS: Final = 64
STATUS_SERVICE_SILENT_S: Final = 120.0
"""A service whose figures are older than this does not run, or hangs."""
STATUS_WAITING_WARNING_S: Final = 3_600.0
STATUS_WAITING_ERROR_S: Final = 86_400.0
"""The oldest delivery in the queue may be this old before it is a warning, and an error."""
STATUS_DISK_WARNING_BYTES: Final = 2048 * MIB
STATUS_DISK_ERROR_BYTES: Final = 512 * MIB
"""Free space of the store's partition."""

METRICS_CODES_MAX: Final = 200
"""Unmapped codes shown one by one in the metrics, those that come most often."""

# --- exchange -------------------------------------------------------------------------------------
HUB_READ_TIMEOUT_S: Final = 30.0
"""Between two pieces of an answer."""
HUB_REQUEST_MAX_S: Final = 60.0
"""A request that takes longer in all counts as unanswered, however steadily it drips."""
HUB_SEND_MIN_BYTES_S: Final = 32 * KIB
"""What a line has to carry a second: what is sent has HUB_REQUEST_MAX_S and its size by this."""
HUB_ANSWER_MAX_BYTES: Final = 32 * MIB
DOCUMENT_SENT_MAX_BYTES: Final = 4 * MIB
"""A larger letter, summary or picture is named at the hub and stays here: base64 makes a third more of it, several requests
are under way at once, and a slow line has to carry it within HUB_REQUEST_MAX_S and its size by HUB_SEND_MIN_BYTES_S."""
HUB_PAGES_MAX: Final = 500
"""Pages of one search that are followed: the first pull of consents may bring some ten thousand."""
HUB_OUTCOME_MAX_CHARS: Final = 20_000
"""How much of a refusal's OperationOutcome is kept."""
HUB_RETRY_AFTER_MAX_S: Final = 3_600.0
"""A hub that asks for a longer pause is asked again after this one."""
DELIVERIES_AT_ONCE: Final = 4
"""Requests of one channel under way at once, each for other patients."""
GROUP_MAX_DELIVERIES: Final = 50
GROUP_MAX_ENTRIES: Final = 1_000
GROUP_MAX_BYTES: Final = 1 * MIB
"""Bounds of one bundle of several deliveries; a delivery that is larger goes alone."""
GROUP_MAX_S: Final = 60.0
"""A refused group is halved for so long; what is left by then is ready again."""
GROUP_SHRINKS: Final = 4
"""After each failed attempt a delivery goes out in a group this many times smaller, at last alone."""
DELIVERY_LEASE_S: Final = 600.0
"""Longer than GROUP_MAX_S, a question and a request: a lease is never renewed."""
DELIVERY_LEASE_LOOK_S: Final = 10.0
DELIVERY_FAILS_MAX: Final = 8
"""Attempts after which a delivery that the hub fails on, while it takes others, counts as refused."""
LINE_LOOK_S: Final = 1.0
"""How often the tunnel's own figures are looked at."""
DELIVERY_NEW_FOR_S: Final = 900.0
"""What has waited longer is back-fill and gives way to new data: after an outage, everything that came in during it."""
DELIVERY_BACKOFF_FIRST_S: Final = 1.0
DELIVERY_BACKOFF_MAX_S: Final = 300.0
"""A delivery that failed for a passing reason waits at most this long for its next attempt."""
HUB_PROBE_FIRST_S: Final = 1.0
HUB_PROBE_MAX_S: Final = 60.0
"""A hub that is away is asked at least this often whether it is back."""
HUB_DOUBTS_MAX: Final = 3
"""After so many doubtful outcomes in a row nothing more is sent until the hub answers a probe."""
DOUBTFUL_AT_ONCE: Final = 50
"""Doubtful deliveries looked at in one cycle."""
HUB_ASK_AGAIN_S: Final = 2.0
"""A doubtful delivery is asked about no sooner than this after it was sent or last asked about."""
SNAPSHOT_PULL_S: Final = 300.0
CHANNEL_FILL_PATIENTS: Final = 20
"""Patients written per store transaction when a channel is filled, or PROVIDE is asked again for what was held."""
EXCHANGE_FIGURES_S: Final = 1.0
EXCHANGE_FIGURES_SHARE: Final = 0.02
"""Of its time that the service may spend on counting: years of deliveries are counted less often."""
EXCHANGE_IDLE_S: Final = 0.5
"""How long a cycle waits for a question or a wake-up when nothing is under way."""
EXCHANGE_LOOK_S: Final = 0.001
"""How long a cycle that has work looks for a question on its socket."""
EXCHANGE_BUSY_S: Final = 0.02
"""How long it waits while requests are under way."""
EXCHANGE_STOP_WAIT_S: Final = 1.0
"""What has not come back from the hub by then is asked about after the next start."""
LOOK_UP_CONNECT_S: Final = 2.0
LOOK_UP_READ_S: Final = 3.0
LOOK_UP_MAX_S: Final = 3.5
"""A look-up answers, or says that it cannot, before the kiosk gives up waiting, and before a stop is overdue."""
LOOK_UP_MAX_ENTRIES: Final = 1_000

# --- audit out ------------------------------------------------------------------------------------------
AUDIT_ROWS_AT_ONCE: Final = 100
"""Rows of the chain read, and sent, in one go."""
AUDIT_MESSAGE_MAX_BYTES: Final = 8_192
"""One syslog message: what every receiver should take (RFC 5425, 4.3.1); a row with more becomes several."""
AUDIT_CONNECT_S: Final = 10.0
AUDIT_SEND_S: Final = 30.0
"""How long a receiver may not take anything before its connection counts as broken."""
AUDIT_CLOSE_S: Final = 30.0
"""How long a receiver has to close its side: it has read everything then."""
AUDIT_LIFE_S: Final = 10.0
"""Between two questions of the kernel to a silent receiver's whether it still lives."""
AUDIT_GRACE_S: Final = 40.0
"""How long a receiver must go on living after its kernel has the last byte: Linux keeps written data 35 s in memory."""
AUDIT_ROUND_S: Final = 600.0
"""A connection that never falls silent takes nothing new after this time, so that what it carried can be confirmed."""
AUDIT_LOOK_S: Final = 1.0
"""How often the chain is looked at for rows to send."""
AUDIT_RETRY_FIRST_S: Final = 1.0
AUDIT_RETRY_MAX_S: Final = 60.0
"""A destination that is away is tried at least this often."""
AUDIT_STOP_WAIT_S: Final = 2.0
AUDIT_REFUSED_MAX: Final = 100
"""After so many refused rows the fault is the destination's, not the rows': nothing more is sent until it takes one."""
AUDIT_REFUSED_AGAIN_S: Final = 86_400.0
AUDIT_ANCHOR_S: Final = 86_400.0
"""Between two signed anchors of the chain."""
AUDIT_ANCHOR_LOOK_S: Final = 600.0
"""How often it is asked whether an anchor is due."""
AUDIT_ANCHOR_MAX_BYTES: Final = 16 * MIB
"""A file of anchors: a day's has about 1 KiB."""
AUDIT_UNANCHORED_MAX_S: Final = 2 * AUDIT_ANCHOR_S
"""A chain whose rows reach this far beyond its last anchor is told of."""
AUDIT_UNSENT_WARNING_S: Final = 14_400.0
"""The oldest audit row that a destination has not got may be this old before it is a warning."""

# --- exchange: SS-MIX2 over SFTP ---------------------------------------------------------------------
SSMIX2_PID_CHARS: Final = 10
"""患者ID: chart numbers are padded to it; the standard's index takes 15."""
SSMIX2_ORDER_DIGITS: Final = 15
"""オーダNo as every sample has it; the standard's index takes 22."""
SSMIX2_ADDRESS_MAX_CHARS: Final = 100
"""XAD.8, as NHO relaxes the standard's 50."""
SSMIX2_CHARACTERS_CACHE: Final = 10_000
"""Characters whose spelling in JIS X 0208 is kept in memory."""
STORAGE_GROUP_DELIVERIES: Final = 5
"""Deliveries claimed for a storage at once: each may need its patient's whole chart, and questions wait meanwhile."""
PORT_MAX: Final = 65_535
SFTP_CONNECT_S: Final = 10.0
SFTP_HANDSHAKE_S: Final = 20.0
"""For the key exchange and for the sign-in, each."""
SFTP_ANSWER_S: Final = 30.0
"""How long one request waits for its answer."""
SFTP_PIECE_BYTES: Final = 32_640
"""What one request writes or reads: every server takes as much (draft-ietf-secsh-filexfer-02), and with its head it
fills one packet of the line."""
SFTP_UNANSWERED_BYTES: Final = 512 * KIB
"""What is under way on a channel before answers are waited for: at most so much is lost in a cut."""
SFTP_UNANSWERED_REQUESTS: Final = 256
SFTP_CHAINS_AT_ONCE: Final = 64
"""Files of one change that are worked on at once on a channel."""
SFTP_CHANNELS: Final = 4
"""Channels of one connection, each for another patient's change: a server allows ten where nobody set it otherwise."""
SFTP_ANSWER_MAX_BYTES: Final = 256 * KIB
SFTP_RECEIVE_BYTES: Final = 64 * KIB
SFTP_IDLE_S: Final = 60.0
"""A connection that nobody used for so long is left: what lies between may have forgotten it."""
SFTP_ROOM_MIN_BYTES: Final = MIB
"""Less free room than this at the server counts as none."""
SFTP_FOLDERS_KNOWN: Final = 10_000
"""Folders that a channel remembers to be there."""

# --- codes ----------------------------------------------------------------------------------------
MASTER_FILE_MAX_BYTES: Final = 96 * MIB
"""One master, unpacked: the largest published one (HOT13) has about 20 MB."""
MASTER_FOLDER_MAX_CHARS: Final = 256 * MIB
"""All masters of one build together, unpacked: what a zip really holds counts, not what it says."""
MASTER_FOLDER_MAX_FILES: Final = 200
MASTER_ZIP_MAX_MEMBERS: Final = 100
MASTER_MAX_ROWS: Final = 500_000
MASTER_SAMPLE_ROWS: Final = 20
"""Rows looked at to tell which master a file is."""
MASTER_VANISH_MAX_SHARE: Final = 0.20
"""A full master that lacks more than this share of the codes of the one before is refused: it was probably cut."""
LOOKUP_CACHE_CODES: Final = 20_000
"""Codes of the masters kept in memory after their first look-up: some 15 MB at most."""
MAPPING_CACHE_CONCEPTS: Final = 20_000
"""Mapped concepts kept in memory; a clinic's month has a few thousand."""

# --- exchange: whole documents (MHD) -------------------------------------------------------------------
MHD_DOCUMENT_MAX_BYTES: Final = 16 * MIB
"""A larger document stays here: with base64 and its metadata it would pass the 32 MiB that one answer of a hub may have."""

# --- exchange: what the network showed, kept ------------------------------------------------------------
NETWORK_KEPT_MAX_BYTES: Final = 512 * KIB
"""Packed: what one look-up brought of one patient; more is not kept but for its emergency set."""
NETWORK_KEPT_MAX_PATIENTS: Final = 200
"""Look-ups that are kept; the oldest go first."""
NETWORK_KEPT_MAX_S: Final = 7 * 86_400.0
"""An older answer of the network is not shown."""
EMERGENCY_KEPT_MAX_BYTES: Final = 64 * KIB
"""Packed: the emergency set of one patient."""
EMERGENCY_KEPT_MAX_PATIENTS: Final = 5_000
EMERGENCY_KEPT_MAX_S: Final = 30 * 86_400.0
EMERGENCY_REFRESH_S: Final = 86_400.0
"""How old an emergency set may grow while the hub can be asked."""
EMERGENCY_PAUSE_S: Final = 1.0
"""Between two patients whose sets are fetched: deliveries and look-ups come first."""
EMERGENCY_LOOK_S: Final = 30.0
"""How often it is looked for patients whose set is due, while none is."""
EMERGENCY_AGAIN_S: Final = 900.0
"""A patient whose set could not be fetched is tried again after this time."""
EMERGENCY_TRIED_MAX: Final = 1_000
"""Patients remembered for that."""
EMERGENCY_MAX_VISITS: Final = 60
"""Months with a visit, of all institutions together."""
EMERGENCY_MAX_DIAGNOSES: Final = 100
EMERGENCY_MAX_DRUGS: Final = 100
EMERGENCY_MAX_ACTS: Final = 60
EMERGENCY_MAX_RESULTS: Final = 150
EMERGENCY_MAX_OTHERS: Final = 60
"""Allergies and devices, each."""
REGIONAL_ID_MAX_S: Final = 7 * 86_400.0
"""After this time the region's own number of a patient is asked for again: indexes join and part persons."""
NETWORK_CANDIDATES_MAX: Final = 5
"""Persons that the network may name to staff (consent.md, section 4)."""
NETWORK_SEARCHES_PER_HOUR: Final = 20
"""Searches of one member of staff for a person in the network."""

# --- exchange: documents that are opened -----------------------------------------------------------------
DOCUMENT_PIECE_BYTES: Final = 1 * MIB
"""What one answer on the socket carries of a document."""
DOCUMENTS_OPEN_MAX: Final = 3
"""Documents held in memory while they are read; the one opened first goes first."""
DOCUMENT_OPEN_S: Final = 60.0
"""How long one is held after it was last read from."""
DOCUMENT_FETCH_MAX_S: Final = 60.0
"""How long the hub may take to bring one."""
DOCUMENT_WAIT_S: Final = 1.0
"""How long one question waits for it; then it is asked again."""
KIOSK_DOCUMENT_WAIT_S: Final = 45.0
"""How long a page waits for a document in all."""
KIOSK_DOCUMENT_PAUSE_S: Final = 0.2
NARRATIVE_MAX_LINES: Final = 5_000
"""Lines of a letter's text on a page."""
