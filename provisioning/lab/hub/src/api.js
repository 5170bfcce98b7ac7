// The FHIR interface: the router of @medplum/fhir-router with this hub's bundles, pages, identity operations
// and statement.
import {
  OperationOutcomeError,
  allOk,
  created,
  getStatus,
  multipleMatches,
  normalizeOperationOutcome,
  parseSearchRequest,
} from '@medplum/core';
import { FhirRouter } from '@medplum/fhir-router';
import { writerOf } from './admission.js';
import { match, pix } from './operations.js';
import { refuse } from './outcomes.js';
import { isSimplified, publish } from './publish.js';
import { processBundle } from './transaction.js';

/**
 * @typedef {import('@medplum/fhir-router').FhirRequest} FhirRequest
 * @typedef {import('@medplum/fhir-router').FhirRouteHandler} Handler
 * @typedef {import('./visibility.js').Caller} Caller
 * @typedef {{method: string, url: string, body: any, headers: import('node:http').IncomingHttpHeaders}} Call
 *   url: below the base, with query
 * @typedef {{status: number, body?: any}} Answer
 */

const READING_POSTS = /\/(_search|\$match|\$ihe-pix)(\?|$)/;

/** @param {Call} call */
export function isWriting({ method, url }) {
  return method !== 'GET' && !(method === 'POST' && READING_POSTS.test(url));
}

/** A page by its cursor, or a new search. @param {Handler} search @returns {Handler} */
function withCursors(search) {
  return async (request, repository, router, options) => {
    const name = request.query?._cursor;
    if (typeof name !== 'string') return search(request, repository, router, options);
    const own = /** @type {import('./repository.js').Repository} */ (repository);
    const { request: asked, ids, at } = own.hub.cursors.take(name, own.visibility.caller);
    return [allOk, await own.page(asked, ids, at)];
  };
}

/**
 * A document that comes inside its DocumentReference (ITI-105), unless the hub has it already.
 * @param {Handler} create
 * @returns {Handler}
 */
function withPublishing(create) {
  return async (request, repository, router, options) => {
    const own = /** @type {import('./repository.js').Repository} */ (repository);
    if (options?.batch || !isSimplified(request.body)) return create(request, repository, router, options);
    const condition = request.headers?.['if-none-exist'];
    const known = condition
      ? await own.searchResources(parseSearchRequest(`DocumentReference?${condition}`))
      : [];
    if (known.length > 1) throw new OperationOutcomeError(multipleMatches);
    return known.length ? [allOk, known[0]] : publish(request.body, own);
  };
}

/**
 * @param {FhirRouter} router
 * @param {string} method
 * @param {string} path
 * @param {(old: Handler) => Handler} change
 */
function change(router, method, path, change) {
  const route = router.router.routes.find(
    (one) => one.method === method && one.path.map(({ value }) => value).join('/') === path
  );
  if (!route) throw new Error(`the router has no ${method} ${path}`);
  route.handler = change(route.handler);
}

function makeRouter() {
  const router = new FhirRouter();
  change(router, 'POST', '', () => async (request, repository) => {
    if (request.body?.resourceType !== 'Bundle')
      return [normalizeOperationOutcome('a Bundle is wanted here')];
    const bundle = await processBundle(request, /** @type {any} */ (repository), router);
    return [allOk, bundle];
  });
  change(router, 'GET', 'resourceType', withCursors);
  change(router, 'POST', 'resourceType', withPublishing);
  change(router, 'POST', '$graphql', () => async () => [
    normalizeOperationOutcome('there is no GraphQL here'),
  ]);
  router.add('GET', 'metadata', async () => [allOk, /** @type {any} */ (statement())], 'operation');
  router.add('POST', 'Patient/$match', /** @type {any} */ (match), 'operation');
  for (const method of /** @type {const} */ (['GET', 'POST'])) {
    router.add(method, 'Patient/$ihe-pix', /** @type {any} */ (pix), 'operation');
  }
  return router;
}

function statement() {
  const types = [
    'Patient',
    'Consent',
    'Condition',
    'Coverage',
    'DocumentReference',
    'Encounter',
    'List',
    'MedicationRequest',
    'Procedure',
  ];
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-01-01',
    kind: 'instance',
    software: { name: 'Renkei practice hub' },
    implementation: { description: 'A regional hub for practice and tests' },
    fhirVersion: '4.0.1',
    format: ['json'],
    rest: [
      {
        mode: 'server',
        interaction: [{ code: 'transaction' }, { code: 'batch' }],
        resource: types.map((type) => ({
          type,
          versioning: 'versioned-update',
          conditionalCreate: true,
          conditionalUpdate: true,
        })),
      },
    ],
  };
}

export class Api {
  #router = makeRouter();

  /** @param {import('./hub.js').Hub} hub */
  constructor(hub) {
    this.hub = hub;
  }

  /** @param {Call} call @param {Caller | undefined} caller @returns {Promise<Answer>} */
  async answer(call, caller) {
    try {
      const known = this.#admit(caller);
      const writing = isWriting(call);
      if (writing) writerOf(known);
      return await (writing ? this.hub.alone(() => this.#route(call, known)) : this.#route(call, known));
    } catch (thrown) {
      // The request's edge: whatever went wrong becomes an answer, and the hub goes on.
      const outcome = normalizeOperationOutcome(thrown);
      return { status: thrown instanceof OperationOutcomeError ? getStatus(outcome) : 500, body: outcome };
    }
  }

  /** @param {Caller | undefined} caller @returns {Caller} */
  #admit(caller) {
    if (!caller) throw refuse('the client certificate names no facility');
    if (caller.kind === 'facility' && !this.hub.participants.holds(caller.facility, this.hub.now())) {
      throw refuse('this facility is no participant now');
    }
    return caller;
  }

  /** @param {Call} call @param {Caller} caller @returns {Promise<Answer>} */
  async #route(call, caller) {
    const repository = this.hub.repositoryFor(caller, isWriting(call));
    /** @type {FhirRequest} */
    const request = {
      method: /** @type {any} */ (call.method),
      url: call.url,
      pathname: '',
      body: call.body,
      params: {},
      query: {},
      headers: call.headers,
      config: { transactions: true },
    };
    const [outcome, resource] = await this.#router.handleRequest(request, repository);
    if (resource && repository.created.has(resource)) return { status: getStatus(created), body: resource };
    if (call.method === 'DELETE' && getStatus(outcome) === 200) return { status: 204 };
    return { status: getStatus(outcome), body: resource ?? outcome };
  }
}
