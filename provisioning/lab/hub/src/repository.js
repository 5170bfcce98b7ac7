// The repository that the router of @medplum/fhir-router works on, bound to one caller and one request.
//
// Reads see the committed state through the caller's eyes. Writes go to a draft; `withTransaction` commits
// all of it or nothing. The hub lets one writing request in at a time, so a draft is never stale.
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  OperationOutcomeError,
  applyPatch,
  deepClone,
  fhirpathPatchTypedValue,
  gone,
  notFound,
  parseFhirPathPatchParameters,
  preconditionFailed,
  toTypedValue,
} from '@medplum/core';
import { FhirRepository, getExtraEntries } from '@medplum/fhir-router';
import { checkOwner, checkPatient, checkSound, writerOf } from './admission.js';
import { Draft } from './draft.js';
import { malformed } from './outcomes.js';
import { find, pageSize } from './search.js';
import { sourceOf } from './words.js';

/**
 * @typedef {import('./state.js').Stored} Stored
 * @typedef {import('@medplum/fhirtypes').Resource} Resource
 * @typedef {import('@medplum/core').SearchRequest} SearchRequest
 */

/** A resource without what the server itself puts into it. @param {any} resource */
function contentOf({ meta, ...rest }) {
  const { versionId: _version, lastUpdated: _at, ...kept } = meta ?? {};
  return { ...rest, meta: kept };
}

/** The resource after a patch. @param {any} resource changed in place @param {any} patch */
function patched(resource, patch) {
  if (patch?.resourceType === 'Parameters') {
    fhirpathPatchTypedValue(toTypedValue(resource), parseFhirPathPatchParameters(patch));
    return resource;
  }
  if (!Array.isArray(patch)) throw malformed('a JSON Patch (RFC 6902) or Parameters are wanted');
  const failed = applyPatch(resource, patch).filter(Boolean);
  if (failed.length) throw malformed('the patch does not fit the resource');
  return resource;
}

export class Repository extends FhirRepository {
  /** Resources that this request brought into being (the answer says 201). @type {WeakSet<object>} */
  created = new WeakSet();

  /**
   * @param {import('./hub.js').Hub} hub
   * @param {import('./visibility.js').Visibility} visibility
   * @param {{isWriting: boolean, draft?: Draft}} request
   */
  constructor(hub, visibility, { isWriting, draft }) {
    super();
    this.hub = hub;
    this.visibility = visibility;
    this.isWriting = isWriting;
    this.draft = draft;
    this.view = draft ?? hub.state;
  }

  setMode() {}

  generateId() {
    return randomUUID();
  }

  /** @param {Stored} resource */
  #maySee = (resource) => this.visibility.maySee(resource);

  /**
   * Conditional interactions and conditional references look at the writer's own resources only.
   * @param {Stored} resource
   */
  #isOwn = (resource) => this.visibility.isOwn(resource);

  // --- reading

  /** @param {string} resourceType @param {string} id @returns {Promise<any>} */
  async readResource(resourceType, id) {
    const resource = this.view.get(resourceType, id);
    if (resource && this.#maySee(resource)) return deepClone(resource);
    throw new OperationOutcomeError(resource || !this.#wasOwn(resourceType, id) ? notFound : gone);
  }

  /**
   * Whether the last version was deleted and was the caller's own.
   * @param {string} type
   * @param {string} id
   */
  #wasOwn(type, id) {
    const last = this.hub.state.versions(type, id).at(-1);
    const { caller } = this.visibility;
    if (!last || !('gone' in last)) return false;
    return caller.kind === 'operator' || last.gone.source === sourceOf(caller.facility);
  }

  /** @param {any} reference @returns {Promise<any>} */
  async readReference(reference) {
    const [type, id, ...rest] = (reference.reference ?? '').split('/');
    if (!type || !id || rest.length) throw malformed('a reference Type/id is wanted');
    return this.readResource(type, id);
  }

  /** @param {readonly any[]} references @returns {Promise<any[]>} */
  async readReferences(references) {
    return Promise.all(references.map((one) => this.readReference(one).catch((thrown) => thrown)));
  }

  /**
   * @param {string} resourceType
   * @param {string} id
   * @returns {Stored[]} versions that the caller may see, newest first
   */
  #visibleVersions(resourceType, id) {
    const versions = this.view
      .versions(resourceType, id)
      .flatMap((write) => ('put' in write ? [write.put] : []));
    return versions.filter(this.#maySee).reverse();
  }

  /** @param {string} resourceType @param {string} id @returns {Promise<any>} */
  async readHistory(resourceType, id) {
    const versions = this.#visibleVersions(resourceType, id);
    if (!versions.length) throw new OperationOutcomeError(notFound);
    const entry = versions.map((resource) => ({ resource: deepClone(resource) }));
    return { resourceType: 'Bundle', type: 'history', total: entry.length, entry };
  }

  /** @param {string} resourceType @param {string} id @param {string} vid @returns {Promise<any>} */
  async readVersion(resourceType, id, vid) {
    const version = this.#visibleVersions(resourceType, id).find((one) => one.meta?.versionId === vid);
    if (!version) throw new OperationOutcomeError(notFound);
    return deepClone(version);
  }

  // --- searching

  /** @param {any} request @returns {Promise<any>} */
  async search(request) {
    const found = find(this.view, request, this.#maySee);
    return this.page(
      request,
      found.map(({ id }) => id),
      0
    );
  }

  /**
   * One page of a result; what may no longer be seen since the search is left out.
   * @param {SearchRequest} request @param {string[]} ids @param {number} at: for a page asked for by cursor
   * @returns {Promise<any>}
   */
  async page(request, ids, at) {
    const size = pageSize(request);
    const start = at || (request.offset ?? 0);
    const resources = ids
      .slice(start, start + size)
      .flatMap((id) => this.view.get(request.resourceType, id) ?? [])
      .filter(this.#maySee);
    /** @type {any[]} */
    const entry = resources.map((resource) => ({
      fullUrl: this.hub.addressOf(resource),
      resource: deepClone(resource),
      search: { mode: 'match' },
    }));
    if (request.include || request.revInclude) await this.#include(request, entry);
    const next = size > 0 && start + size < ids.length;
    const link = next
      ? [{ relation: 'next', url: this.hub.cursors.keep(request, ids, start + size, this.visibility.caller) }]
      : [];
    return {
      resourceType: 'Bundle',
      type: 'searchset',
      total: ids.length,
      ...(link.length && { link }),
      ...(entry.length && { entry }),
    };
  }

  /** @param {SearchRequest} request @param {any[]} entry appended to in place */
  async #include(request, entry) {
    const fullUrl = (/** @type {string} */ type, /** @type {string} */ id) =>
      this.hub.addressOf({ resourceType: type, id });
    await getExtraEntries(
      this,
      request,
      entry.map((one) => one.resource),
      entry,
      { fullUrl }
    );
  }

  /** @param {any} request @param {string} field @param {string[]} references @returns {Promise<any>} */
  async searchByReference(request, field, references) {
    /** @type {Record<string, any[]>} */
    const found = {};
    for (const value of references) {
      const filters = [...(request.filters ?? []), { code: field, operator: 'eq', value }];
      found[value] = await this.searchResources({ ...request, filters });
    }
    return found;
  }

  /** For conditional interactions: among the writer's own. @param {any} request @returns {Promise<any[]>} */
  async searchResources(request) {
    const test = this.isWriting ? this.#isOwn : this.#maySee;
    return find(this.view, request, test)
      .slice(0, request.count ?? undefined)
      .map((one) => deepClone(one));
  }

  // --- writing

  /**
   * @template T
   * @param {(repository: this) => Promise<T>} callback
   * @returns {Promise<T>}
   */
  async withTransaction(callback) {
    if (this.draft) return callback(this);
    const writer = writerOf(this.visibility.caller);
    const draft = new Draft(this.hub.state, this.hub.nextMoment());
    const inside = new Repository(this.hub, this.visibility, { isWriting: true, draft });
    inside.created = this.created;
    const result = await callback(/** @type {this} */ (inside));
    for (const write of draft.writes) if ('put' in write) checkPatient(write.put, writer, draft);
    await this.hub.commit(draft);
    return result;
  }

  /** @param {any} resource @param {{assignedId?: boolean}} [options] @returns {Promise<any>} */
  async createResource(resource, options) {
    return this.withTransaction(async (inside) => {
      const id = options?.assignedId ? resource.id : inside.generateId();
      return inside.#stage({ ...resource, id });
    });
  }

  /** @param {any} resource @param {{ifMatch?: string}} [options] @returns {Promise<any>} */
  async updateResource(resource, options) {
    return this.withTransaction(async (inside) => {
      inside.#checkVersion(resource.resourceType, resource.id, options?.ifMatch);
      return inside.#stage(resource);
    });
  }

  /** @param {string} type @param {string} id @param {string} [ifMatch] */
  #checkVersion(type, id, ifMatch) {
    if (ifMatch && this.view.get(type, id)?.meta?.versionId !== ifMatch)
      throw new OperationOutcomeError(preconditionFailed);
  }

  /** Stages a resource as it will be; one that changes nothing is left as it stands. @param {any} given */
  #stage(given) {
    const draft = /** @type {Draft} */ (this.draft);
    const existing = draft.get(given.resourceType, given.id);
    checkOwner(given, writerOf(this.visibility.caller), existing);
    checkSound(given);
    const content = contentOf(JSON.parse(JSON.stringify(given)));
    if (existing && isDeepStrictEqual(contentOf(existing), content)) return deepClone(existing);
    const versionId = draft.nextVersion(given.resourceType, given.id);
    const resource = { ...content, meta: { ...content.meta, versionId, lastUpdated: draft.at } };
    draft.put(resource);
    const answer = deepClone(resource);
    if (!existing) this.created.add(answer);
    return answer;
  }

  /** Deleting what is not there, or not one's own, changes nothing and is no error. */
  /** @param {string} resourceType @param {string} id @param {{ifMatch?: string}} [options] */
  async deleteResource(resourceType, id, options) {
    await this.withTransaction(async (inside) => {
      inside.#checkVersion(resourceType, id, options?.ifMatch);
      const existing = inside.view.get(resourceType, id);
      if (existing && inside.#isOwn(existing)) /** @type {Draft} */ (inside.draft).remove(existing);
    });
  }

  /**
   * JSON Patch, or FHIRPath Patch as MHD's Parameters have it.
   * @param {string} resourceType
   * @param {string} id
   * @param {any} patch
   * @param {{ifMatch?: string}} [options]
   * @returns {Promise<any>}
   */
  async patchResource(resourceType, id, patch, options) {
    return this.withTransaction(async (inside) => {
      const resource = await inside.readResource(resourceType, id);
      return inside.updateResource(patched(resource, patch), options);
    });
  }
}
