// Faults on purpose, for practice and tests only: each rule hits the next `count` requests that fit it, then
// is spent.
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { FAULT_DELAY_MAX_MS } from './limits.js';

/**
 * @typedef {'drop-before' | 'drop-after' | 'die-after' | 'status' | 'slow' | 'garbage'} Kind
 *   drop-before: the connection breaks, nothing was done
 *   drop-after: committed, the answer is lost
 *   die-after: committed, then the hub kills itself
 *   status: answers `status`, with Retry-After where that is usual
 *   slow: waits `delay_ms` first
 *   garbage: does its work, answers wrong bytes
 *
 * @typedef {object} Rule
 * @property {Kind} do
 * @property {number} count how many requests it hits
 * @property {number} [skip] fitting requests let pass before
 * @property {string} [method]
 * @property {string} [type] resource type of the address, "Bundle" for the base itself
 * @property {string} [contains] only requests whose body holds this text
 * @property {number} [status]
 * @property {number} [retry_after_s]
 * @property {number} [delay_ms]
 */

const KINDS = new Set(['drop-before', 'drop-after', 'die-after', 'status', 'slow', 'garbage']);

/** @param {unknown} value @returns {Rule[]} */
function checked(value) {
  const isRule = (/** @type {any} */ rule) =>
    KINDS.has(rule?.do) && Number.isInteger(rule.count) && rule.count > 0;
  if (!Array.isArray(value) || !value.every(isRule))
    throw new Error('faults: a list of {"do": kind, "count": n, …} is wanted');
  return structuredClone(value);
}

export class Faults {
  /** @type {Rule[]} */
  #rules = [];

  /** @param {unknown} rules */
  add(rules) {
    this.#rules.push(...checked(rules));
  }

  clear() {
    this.#rules = [];
  }

  /** What is left to happen. */
  get pending() {
    return this.#rules.filter((rule) => rule.count > 0);
  }

  /** Whether a rule goes by what the body holds, so that it must be read before `take`. */
  get areAboutBodies() {
    return this.#rules.some((rule) => rule.count > 0 && rule.contains);
  }

  /**
   * The rule that hits this request, used up by one.
   * @param {string} method
   * @param {string} type
   * @param {Buffer} [body] when `areAboutBodies`
   * @returns {Rule | undefined}
   */
  take(method, type, body) {
    const isFit = (/** @type {Rule} */ rule) =>
      rule.count > 0 &&
      (!rule.method || rule.method === method) &&
      (!rule.type || rule.type === type) &&
      (!rule.contains || body?.includes(rule.contains));
    for (const rule of this.#rules.filter(isFit)) {
      if (rule.skip) {
        rule.skip -= 1;
        continue;
      }
      rule.count -= 1;
      return rule;
    }
    return undefined;
  }
}

/** @param {Rule | undefined} rule */
export async function delay(rule) {
  if (rule?.do === 'slow') await sleep(Math.min(rule.delay_ms ?? 0, FAULT_DELAY_MAX_MS));
}

/** @param {import('node:http').IncomingMessage} request */
async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}

/**
 * The control door, plain http on loopback: GET /faults, POST /faults (a list of rules), DELETE /faults.
 * @param {Faults} faults
 */
export function controlServer(faults) {
  return createServer(async (request, response) => {
    let status = 200;
    try {
      if (request.url !== '/faults') status = 404;
      else if (request.method === 'POST') faults.add(await bodyOf(request));
      else if (request.method === 'DELETE') faults.clear();
    } catch {
      status = 400;
    }
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(faults.pending));
  });
}
