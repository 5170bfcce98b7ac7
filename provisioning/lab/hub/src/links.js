// The master patient index: which Patient resources of which facilities are the same person.
//
// Two are the same when birth date and member id (被保険者識別子) agree, or birth date, sex and kana name. The
// member id alone does not do: a family without branch numbers shares it. Good enough for practice; a real
// index asks a person.
import { createHash } from 'node:crypto';
import { MEMBER_ID_SYSTEM, MPI_SYSTEM, NAME_REPRESENTATION } from './words.js';

/**
 * @typedef {import('@medplum/fhirtypes').Patient} Patient
 * @typedef {import('@medplum/fhirtypes').HumanName} HumanName
 */

const KANA = /^[\p{Script=Katakana}\p{Script=Hiragana}ー・\s]+$/u;

/** Kana as one string without spaces, katakana, full width. @param {string} text */
export function kanaKey(text) {
  const wide = text.normalize('NFKC').replace(/[\s・]/g, '');
  return wide.replace(/[ぁ-ゖ]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0x60));
}

/** @param {HumanName} name */
function textOf(name) {
  return name.text ?? [name.family, ...(name.given ?? [])].filter(Boolean).join(' ');
}

/**
 * The kana name of a patient, comparable: the one marked SYL, else one written in kana.
 * @param {Patient} patient
 */
export function kanaOf(patient) {
  const names = patient.name ?? [];
  const marked = names.find((name) =>
    name.extension?.some((one) => one.url === NAME_REPRESENTATION && one.valueCode === 'SYL')
  );
  const kana = marked ?? names.find((name) => KANA.test(textOf(name).normalize('NFKC')));
  return kana ? kanaKey(textOf(kana)) : undefined;
}

/**
 * Member ids with at least insurer and number, comparable.
 * @param {Patient} patient
 * @returns {string[]}
 */
export function memberIdsOf(patient) {
  const values = (patient.identifier ?? [])
    .filter((one) => one.system === MEMBER_ID_SYSTEM)
    .map((one) => one.value ?? '');
  return values
    .map((value) => value.normalize('NFKC').replace(/\s/g, ''))
    .filter((value) => {
      const [insurer, , number] = value.split(':');
      return insurer && number;
    });
}

/** What links a patient to others. @param {Patient} patient @returns {string[]} */
function keysOf(patient) {
  const { birthDate, gender } = patient;
  if (!birthDate) return [];
  const keys = memberIdsOf(patient).map((value) => `member|${birthDate}|${value}`);
  const kana = kanaOf(patient);
  if (kana && (gender === 'male' || gender === 'female')) keys.push(`kana|${birthDate}|${gender}|${kana}`);
  return keys;
}

/** @param {string} reference of the patient of a person who came first */
const enterpriseValue = (reference) => createHash('sha256').update(reference).digest('hex').slice(0, 32);

/** Which patients are one person. Knows references ("Patient/id") in the order in which they first came. */
export class MasterIndex {
  /** @type {Map<string, string[]>} reference → keys */
  #keys = new Map();
  /** @type {Map<string, Set<string>>} key → references */
  #holders = new Map();
  /** @type {Map<string, number>} reference → place in the order of arrival */
  #order = new Map();

  /** @param {Patient} patient */
  put(patient) {
    const reference = `Patient/${patient.id}`;
    this.remove(reference);
    if (!this.#order.has(reference)) this.#order.set(reference, this.#order.size);
    const keys = keysOf(patient);
    this.#keys.set(reference, keys);
    for (const key of keys) {
      const holders = this.#holders.get(key) ?? new Set();
      this.#holders.set(key, holders.add(reference));
    }
  }

  /** @param {string} reference */
  remove(reference) {
    for (const key of this.#keys.get(reference) ?? []) this.#holders.get(key)?.delete(reference);
    this.#keys.delete(reference);
  }

  /**
   * The references of one person's patients, the given one among them, in the order in which they came.
   * @param {string} reference
   * @returns {string[]}
   */
  linked(reference) {
    const found = new Set([reference]);
    for (const one of found) {
      for (const key of this.#keys.get(one) ?? []) {
        for (const other of this.#holders.get(key) ?? []) found.add(other);
      }
    }
    return [...found].sort((a, b) => (this.#order.get(a) ?? 0) - (this.#order.get(b) ?? 0));
  }

  /** The person's own identifier: that of the patient who came first. @param {string} reference */
  enterpriseId(reference) {
    const [first] = this.linked(reference);
    return { system: MPI_SYSTEM, value: enterpriseValue(first) };
  }

  /** The references of the person who has this identifier of the index. @param {string} value */
  ofEnterprise(value) {
    const first = [...this.#order.keys()].find((reference) => enterpriseValue(reference) === value);
    return first ? this.linked(first) : [];
  }
}
