// Every bound of the practice hub, by name, with its unit.

export const BODY_MAX_BYTES = 32 * 1024 * 1024;
/** Entries of one bundle: a month of one patient at a busy clinic has a few hundred. */
export const BUNDLE_MAX_ENTRIES = 5_000;
/** Resources in one page of a search when the caller does not say. */
export const PAGE_DEFAULT = 100;
export const PAGE_MAX = 1_000;
/** Searches whose next page can still be asked for. */
export const CURSORS_MAX = 1_000;
/** A longer journal is rewritten as a snapshot at the next start or commit. */
export const JOURNAL_MAX_BYTES = 64 * 1024 * 1024;
/** How often a hub started with --end-with looks for that process. */
export const PARENT_LOOK_MS = 500;
/** A request still open this long after SIGTERM is cut. */
export const STOP_WITHIN_MS = 2_000;
/** The longest delay a fault rule may ask for. */
export const FAULT_DELAY_MAX_MS = 120_000;
/** Candidates of one $match answer when the caller does not say. */
export const MATCH_DEFAULT = 5;
