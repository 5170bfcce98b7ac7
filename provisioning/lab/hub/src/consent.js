// Whether one facility may read another's data on a person: the whole decision, pure, by FHIR Consent alone.
// The hub is not the only guard: the box that asks has decided by the operator's policy before (consent.md,
// section 3).
import { DATA_CLASS_SYSTEM, FACILITY_NUMBER_SYSTEM, RESOURCE_TYPE_SYSTEM } from './words.js';

/**
 * @typedef {import('@medplum/fhirtypes').Consent} Consent
 * @typedef {import('@medplum/fhirtypes').ConsentProvision} Provision
 * @typedef {{facility: string, from: string, to?: string | null}} Membership: half-open [from, to)
 * @typedef {{provider: string, viewer: string, type: string, classes: string[], date?: string}} Question
 *   provider, viewer: ten digits; type: resource type; date: YYYY[-MM[-DD]]
 * @typedef {{permit: boolean, reason: string}} Decision
 */

const VIEWER_ROLE = 'IRCP';
const PROVIDER_ROLE = 'CST';
const ENDED = new Set(['inactive', 'rejected']);

/** @param {string | undefined} text @param {number} whenAbsent */
function moment(text, whenAbsent) {
  return text === undefined || text === null ? whenAbsent : Date.parse(text);
}

/**
 * @param {Membership[]} participants
 * @param {string} facility
 * @param {number} now epoch milliseconds
 */
export function isParticipant(participants, facility, now) {
  const mine = participants.filter((row) => row.facility === facility);
  return mine.some(
    (row) => moment(row.from, -Infinity) <= now && now < moment(row.to ?? undefined, Infinity)
  );
}

/** @param {Consent} consent */
const isPrivacy = (consent) => consent.scope.coding?.some((coding) => coding.code === 'patient-privacy');

/** @param {Consent} consent */
const signedAt = (consent) => moment(consent.dateTime, -Infinity);

/** @param {Consent} consent */
const learntAt = (consent) => moment(consent.meta?.lastUpdated, Infinity);

/**
 * When an inactive record ceased to be in force: what its period says, not after the hub has heard of it.
 * @param {Consent} consent
 */
const endedAt = (consent) => Math.min(moment(consent.provision?.period?.end, Infinity), learntAt(consent));

/** The last word of each facility on the person, corrected errors left out. @param {Consent[]} consents */
function lastWords(consents) {
  /** @type {Map<string | undefined, Consent>} */
  const last = new Map();
  const counted = consents.filter((one) => one.status === 'active' || ENDED.has(one.status));
  for (const one of counted) {
    const before = last.get(one.meta?.source);
    const isLater = !before || signedAt(one) > signedAt(before);
    if (isLater || (signedAt(one) === signedAt(before) && one.status !== 'active'))
      last.set(one.meta?.source, one);
  }
  return [...last.values()];
}

/**
 * The active records of a person that no withdrawal ended. A facility's last word that is inactive or
 * rejected ends, from its end on, all that was signed before, also at other facilities: a person may withdraw
 * anywhere, and withdrawal wins. An inactive record that a later active one of the same facility replaced
 * ends nothing.
 * @param {Consent[]} consents of one person, from all facilities
 * @returns {Consent[]}
 */
export function standing(consents) {
  const privacy = consents.filter(isPrivacy);
  const lastEnd = Math.max(
    -Infinity,
    ...lastWords(privacy)
      .filter((one) => ENDED.has(one.status))
      .map(endedAt)
  );
  return privacy.filter((one) => one.status === 'active' && signedAt(one) >= lastEnd);
}

/** The days that a date as written may mean. @param {string} date @returns {[string, string]} */
const span = (date) => [date + '0000-01-01'.slice(date.length), date + '0000-12-31'.slice(date.length)];

/**
 * The facility numbers a provision names, by role. An actor that is no facility is kept as undefined: it
 * narrows, and matches nobody here (the box checks persons).
 * @param {Provision} provision
 */
function named(provision) {
  /**
   * @type {{viewers: (string | undefined)[], providers: (string | undefined)[], others: (string | undefined)[]}}
   */
  const roles = { viewers: [], providers: [], others: [] };
  for (const { role, reference } of provision.actor ?? []) {
    const codes = (role.coding ?? []).map((coding) => coding.code);
    const { identifier } = reference;
    const facility = identifier?.system === FACILITY_NUMBER_SYSTEM ? identifier.value : undefined;
    if (codes.includes(VIEWER_ROLE)) roles.viewers.push(facility);
    else if (codes.includes(PROVIDER_ROLE)) roles.providers.push(facility);
    else roles.others.push(facility);
  }
  return roles;
}

/**
 * Whether a permit's actors take in this provider and viewer.
 * @param {Provision} provision
 * @param {Question} question
 */
function takesIn(provision, { provider, viewer }) {
  const { viewers, providers, others } = named(provision);
  if (others.length && !viewers.length && !providers.length) return false;
  return (!viewers.length || viewers.includes(viewer)) && (!providers.length || providers.includes(provider));
}

/**
 * Whether a denial's actors touch them; an actor in an unknown role touches both ways.
 * @param {Provision} provision
 * @param {Question} question
 */
function touches(provision, { provider, viewer }) {
  const { viewers, providers, others } = named(provision);
  const byOther = !others.length || others.includes(viewer) || others.includes(provider);
  return (
    (!viewers.length || viewers.includes(viewer)) &&
    (!providers.length || providers.includes(provider)) &&
    byOther
  );
}

/**
 * Whether a denial that says `class` touches a class or the type of the resource.
 * @param {Provision} provision
 * @param {Question} question
 */
function classesMatch(provision, { classes, type }) {
  if (!provision.class?.length) return true;
  return provision.class.some(
    ({ system, code }) =>
      (system === DATA_CLASS_SYSTEM && classes.includes(code ?? '')) ||
      (system === RESOURCE_TYPE_SYSTEM && code === type)
  );
}

/**
 * Whether data of this day may fall into a denied period; no day: it may.
 * @param {Provision} provision
 * @param {Question} question
 */
function mayFallInto({ dataPeriod }, { date }) {
  if (!dataPeriod || !date) return true;
  const [first, last] = span(date);
  return (
    first <= (dataPeriod.end ?? '9999').slice(0, 10) && last >= (dataPeriod.start ?? '0000').slice(0, 10)
  );
}

/**
 * Whether data of this day surely lie in a permitted period; no day: they do not.
 * @param {Provision} provision
 * @param {Question} question
 */
function surelyIn({ dataPeriod }, { date, type }) {
  if (!dataPeriod || type === 'Patient') return true;
  if (!date) return false;
  const [first, last] = span(date);
  return (
    first >= (dataPeriod.start ?? '0000').slice(0, 10) && last <= (dataPeriod.end ?? '9999').slice(0, 10)
  );
}

/** @param {Provision} denial @param {Question} question */
function denies(denial, question) {
  const isIdentity = question.type === 'Patient' && denial.dataPeriod;
  return (
    touches(denial, question) &&
    classesMatch(denial, question) &&
    mayFallInto(denial, question) &&
    !isIdentity
  );
}

/** A denial says why in the words of consent.md, section 8. @param {Provision} denial */
function reasonOf(denial) {
  if (denial.actor?.length) return 'excluded';
  if (denial.class?.length) return 'hidden';
  return denial.dataPeriod ? 'data-period' : 'out-of-scope';
}

/**
 * Why a record is not in force at this moment; undefined: it is.
 * @param {Consent} consent
 * @param {number} now
 */
function outOfTime({ provision }, now) {
  if (now < moment(provision?.period?.start, -Infinity)) return 'not-yet';
  return now >= moment(provision?.period?.end, Infinity) ? 'expired' : undefined;
}

/** What one record in force says. @param {Consent} consent @param {Question} question @returns {Decision} */
function decideOne(consent, question) {
  const root = consent.provision;
  if (root?.type !== 'permit') return { permit: false, reason: 'no-consent' };
  const nested = root.provision ?? [];
  const denial = nested.find((one) => one.type === 'deny' && denies(one, question));
  if (denial) return { permit: false, reason: reasonOf(denial) };
  const edges = nested.filter((one) => one.type === 'permit');
  const inScope = takesIn(root, question) && (!edges.length || edges.some((one) => takesIn(one, question)));
  if (!inScope) return { permit: false, reason: 'out-of-scope' };
  if (!surelyIn(root, question)) return { permit: false, reason: 'data-period' };
  return { permit: true, reason: 'consent' };
}

/**
 * Whether `viewer` may read this item of `provider` now. Where several records stand, the stricter governs.
 * @param {Consent[]} consents: all records of the person, of every status, from every facility
 * @param {Question} question
 * @param {Membership[]} participants
 * @param {number} now epoch milliseconds
 * @returns {Decision}
 */
export function decide(consents, question, participants, now) {
  if (!isParticipant(participants, question.viewer, now)) return { permit: false, reason: 'not-participant' };
  if (!isParticipant(participants, question.provider, now)) return { permit: false, reason: 'source-left' };
  if (!question.classes.length) return { permit: false, reason: 'no-class' };
  const signed = standing(consents);
  const records = signed.filter((one) => !outOfTime(one, now));
  if (!records.length)
    return { permit: false, reason: (signed[0] && outOfTime(signed[0], now)) ?? 'no-consent' };
  const decisions = records.map((one) => decideOne(one, question));
  return decisions.find((one) => !one.permit) ?? decisions[0];
}
