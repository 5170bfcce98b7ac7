// Simplified Publish (IHE MHD, ITI-105): a DocumentReference that carries its document. The recipient takes the
// bytes out, makes the SubmissionSet, and stores all three at once.
import { randomUUID } from 'node:crypto';
import { created } from '@medplum/core';
import { malformed } from './outcomes.js';

/** @typedef {import('./repository.js').Repository} Repository */

const LIST_TYPES = 'https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes';
const URI = 'urn:ietf:rfc:3986';

/** @param {any} resource */
export const isSimplified = (resource) =>
  resource?.resourceType === 'DocumentReference' && Boolean(resource.content?.[0]?.attachment?.data);

/** A UUID as an OID under 2.25. @param {string} uuid */
const asOid = (uuid) => `urn:oid:2.25.${BigInt(`0x${uuid.replaceAll('-', '')}`)}`;

/** @param {any} given @param {string} id @param {string} binary */
function withUrl(given, id, binary) {
  const [{ attachment, ...content }] = given.content;
  const { data: _data, ...rest } = attachment;
  const entry = { use: 'official', system: URI, value: `urn:uuid:${randomUUID()}` };
  return {
    ...given,
    id,
    identifier: [...(given.identifier ?? []), entry],
    content: [{ ...content, attachment: { ...rest, url: `Binary/${binary}` } }],
  };
}

/** @param {any} given @param {string} document @param {string} at */
function submissionSet(given, document, at) {
  const [entry, unique] = [randomUUID(), randomUUID()];
  return {
    resourceType: 'List',
    meta: given.meta,
    identifier: [
      { use: 'official', system: URI, value: `urn:uuid:${entry}` },
      { use: 'usual', system: URI, value: asOid(unique) },
    ],
    status: 'current',
    mode: 'working',
    code: { coding: [{ system: LIST_TYPES, code: 'submissionset' }] },
    subject: given.subject,
    date: at,
    entry: [{ item: { reference: `DocumentReference/${document}` } }],
  };
}

/** The document that a new one replaces is superseded with it. @param {any} given @param {Repository} inside */
async function supersede(given, inside) {
  const replaced = (given.relatesTo ?? []).filter((/** @type {any} */ one) => one.code === 'replaces');
  for (const { target } of replaced) {
    const [type, id] = (target?.reference ?? '').split('/');
    if (type !== 'DocumentReference' || !id) throw malformed('relatesTo leads to no DocumentReference');
    const old = await inside.readResource(type, id);
    await inside.updateResource({ ...old, status: 'superseded' });
  }
}

/**
 * @param {any} given a DocumentReference with `attachment.data`
 * @param {Repository} repository
 * @returns {Promise<any>}
 */
export async function publish(given, repository) {
  const { contentType, data } = given.content[0].attachment;
  return repository.withTransaction(async (inside) => {
    const [document, binary] = [inside.generateId(), inside.generateId()];
    const securityContext = { reference: `DocumentReference/${document}` };
    await inside.createResource(
      { resourceType: 'Binary', id: binary, meta: given.meta, contentType, securityContext, data },
      { assignedId: true }
    );
    await inside.createResource(submissionSet(given, document, /** @type {any} */ (inside.draft).at));
    await supersede(given, inside);
    const stored = await inside.createResource(withUrl(given, document, binary), { assignedId: true });
    return [created, stored];
  });
}
