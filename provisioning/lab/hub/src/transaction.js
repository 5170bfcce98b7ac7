// Transaction and batch bundles, by the router's own processor, with what it leaves to the server:
// conditional references (Type?identifier=system|value), no limit of 50 updates (its databases need it, a hub
// that writes one at a time does not), and answers that say the version of each resource.
import { OperationOutcomeError, isOk, multipleMatches, parseSearchRequest } from '@medplum/core';
import { BatchProcessor } from '@medplum/fhir-router';
import { BUNDLE_MAX_ENTRIES } from './limits.js';
import { broken, malformed } from './outcomes.js';
import { matches } from './search.js';

/**
 * @typedef {import('@medplum/fhirtypes').Bundle} Bundle
 * @typedef {import('@medplum/fhirtypes').BundleEntry} Entry
 * @typedef {import('./repository.js').Repository} Repository
 */

const CONDITIONAL = /^[A-Z][A-Za-z]+\?/;

/**
 * The address under which a resource of this bundle will be found, as far as the bundle says; of a conditional
 * update, that of the resource which it finds.
 * @param {Entry} entry @param {Repository} repository
 */
async function addressOf({ request, fullUrl }, repository) {
  const url = request?.url ?? '';
  if (request?.method !== 'PUT') return fullUrl;
  if (!url.includes('?')) return url.includes('/') ? url : fullUrl;
  const [found] = await repository.searchResources({ ...parseSearchRequest(url), count: 1 });
  return found ? `${found.resourceType}/${found.id}` : fullUrl;
}

/**
 * What a conditional reference points to: a resource of this bundle or of the writer's own at the hub,
 * exactly one.
 * @param {string} reference @param {Entry[]} entries @param {Repository} repository
 */
async function resolve(reference, entries, repository) {
  const type = reference.split('?')[0];
  const search = parseSearchRequest(reference);
  const inside = entries.filter(({ resource, request }) => {
    const isWritten = request?.method === 'PUT' || request?.method === 'POST';
    return resource?.resourceType === type && isWritten && matches(resource, search);
  });
  const deleted = new Set(
    entries.filter(({ request }) => request?.method === 'DELETE').map(({ request }) => request?.url)
  );
  const outside = await repository.searchResources({ ...search, count: inside.length + deleted.size + 2 });
  const addresses = new Set(
    outside.map(({ id }) => `${type}/${id}`).filter((address) => !deleted.has(address))
  );
  for (const entry of inside) {
    const address = await addressOf(entry, repository);
    if (!address)
      throw malformed(`an entry that a conditional reference to ${type} points to needs a fullUrl`);
    addresses.add(address);
  }
  if (addresses.size > 1) throw new OperationOutcomeError(multipleMatches);
  if (!addresses.size) throw broken(`a conditional reference to ${type} matches nothing`);
  return [...addresses][0];
}

/**
 * Replaces the conditional references of a bundle in place.
 * @param {Entry[]} entries
 * @param {Repository} repository
 */
async function resolveReferences(entries, repository) {
  /** @type {Map<string, string>} */
  const known = new Map();
  /** @param {any} value @returns {Promise<void>} */
  const walk = async (value) => {
    if (value === null || typeof value !== 'object') return;
    if (typeof value.reference === 'string' && CONDITIONAL.test(value.reference)) {
      const { reference } = value;
      if (!known.has(reference)) known.set(reference, await resolve(reference, entries, repository));
      value.reference = known.get(reference);
    }
    for (const inner of Object.values(value)) await walk(inner);
  };
  for (const { resource } of entries) await walk(resource);
}

/**
 * @param {Entry} entry
 * @param {string | undefined} method
 * @param {Repository} repository
 * @param {boolean} isFull
 * @returns {Entry}
 */
function answerOf(entry, method, repository, isFull) {
  const { resource } = entry;
  const outcome = /** @type {any} */ (entry.response?.outcome);
  if (!outcome || !isOk(outcome)) return entry;
  if (!method || method === 'GET') return entry;
  if (method === 'DELETE') return { response: { status: '204' } };
  const meta = resource?.meta;
  const version = meta?.versionId;
  return {
    ...(isFull && { resource }),
    response: {
      status: resource && repository.created.has(resource) ? '201' : '200',
      ...(version && {
        location: `${resource?.resourceType}/${resource?.id}/_history/${version}`,
        etag: `W/"${version}"`,
      }),
      ...(meta?.lastUpdated && { lastModified: meta.lastUpdated }),
    },
  };
}

/**
 * @param {import('@medplum/fhir-router').FhirRequest} request
 * @param {Repository} repository
 * @param {import('@medplum/fhir-router').FhirRouter} router
 * @returns {Promise<Bundle>}
 */
export async function processBundle(request, repository, router) {
  const bundle = /** @type {Bundle} */ (request.body);
  const entries = bundle.entry ?? [];
  if (entries.length > BUNDLE_MAX_ENTRIES)
    throw malformed(`a bundle holds at most ${BUNDLE_MAX_ENTRIES} entries`);
  const methods = entries.map((entry) => entry.request?.method);
  if (bundle.type === 'transaction') await resolveReferences(entries, repository);
  const processor = new BatchProcessor(router, repository, bundle, request);
  const preprocess = processor['preprocessBundle'].bind(processor);
  processor['preprocessBundle'] = async () => ({
    ...(await preprocess()),
    updates: 0,
    requiresStrongTransaction: false,
  });
  const answer = await processor.run();
  const isFull = /return=representation/.test(String(request.headers?.prefer ?? ''));
  return {
    ...answer,
    entry: answer.entry?.map((entry, n) => answerOf(entry, methods[n], repository, isFull)),
  };
}
