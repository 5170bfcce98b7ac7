// Who calls: read from the client certificate, which TLS has verified against the lab's CA already.
import { DEVICE_URN, FACILITY_URN, OPERATOR_URN } from './words.js';

/** @typedef {import('./visibility.js').Caller} Caller */

/** One name and what ends it; Node writes a value with a comma or quote in it as a quoted JSON string. */
const NAME = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/y;

/**
 * The URIs of a certificate's subject alternative names; none at all if the list cannot be read to its end.
 * @param {string} names as in PeerCertificate.subjectaltname
 * @returns {string[]}
 */
export function urisOf(names) {
  const uris = [];
  NAME.lastIndex = 0;
  while (NAME.lastIndex < names.length) {
    const [, kind, value] = NAME.exec(names) ?? [];
    if (kind === undefined) return [];
    if (kind === 'URI') uris.push(value);
  }
  return uris;
}

/**
 * @param {string | undefined} names as in PeerCertificate.subjectaltname
 * @returns {(Caller & {device?: string}) | undefined} undefined: a certificate of the CA that names no role here
 */
export function callerOf(names) {
  const uris = urisOf(names ?? '');
  if (uris.includes(OPERATOR_URN)) return { kind: 'operator' };
  const facilities = uris
    .filter((uri) => uri.startsWith(FACILITY_URN))
    .map((uri) => uri.slice(FACILITY_URN.length));
  if (facilities.length !== 1 || !/^\d{10}$/.test(facilities[0])) return undefined;
  const device = uris.find((uri) => uri.startsWith(DEVICE_URN))?.slice(DEVICE_URN.length);
  return { kind: 'facility', facility: facilities[0], ...(device && { device }) };
}
