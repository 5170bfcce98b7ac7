// https: TLS 1.3 with a client certificate of the lab's CA or nothing; bodies in, answers out, one clean log
// line each.
import { createServer } from 'node:https';
import { delay } from './faults.js';
import { callerOf } from './identity.js';
import { BODY_MAX_BYTES } from './limits.js';

/**
 * @typedef {import('node:http').IncomingMessage} Incoming
 * @typedef {import('node:http').ServerResponse} Outgoing
 * @typedef {import('./api.js').Answer} Answer
 * @typedef {{api: import('./api.js').Api, faults: import('./faults.js').Faults, log: (line: string) => void}} Context
 */

export const BASE = '/fhir/R4';

/** @param {number} status @param {string} code @param {string} text @returns {Answer} */
function problem(status, code, text) {
  const issue = [{ severity: 'error', code, details: { text } }];
  return { status, body: { resourceType: 'OperationOutcome', issue } };
}

/**
 * The address below the base, with query.
 * @param {string} url
 * @returns {string | undefined} undefined: not ours
 */
function below(url) {
  if (!url.startsWith(BASE)) return undefined;
  const rest = url.slice(BASE.length);
  return rest === '' || rest[0] === '/' || rest[0] === '?' ? rest.replace(/^\//, '') : undefined;
}

/**
 * What the log may say of an address: the resource type, nothing that names a person.
 * @param {string | undefined} path
 */
function typeOf(path) {
  const first = (path ?? '').split(/[/?]/)[0];
  if (path !== undefined && first === '') return 'Bundle';
  return /^[A-Z][A-Za-z]{2,40}$/.test(first) || first === 'metadata' ? first : '-';
}

/** @param {Incoming} request @returns {Promise<Buffer | undefined>} undefined: too long */
async function bodyOf(request) {
  const parts = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length <= BODY_MAX_BYTES) parts.push(part);
  }
  return length > BODY_MAX_BYTES ? undefined : Buffer.concat(parts);
}

/** Repeated names become lists. @param {string} text @returns {Record<string, string | string[]>} */
function form(text) {
  /** @type {Record<string, string | string[]>} */
  const fields = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const before = fields[name];
    fields[name] = before === undefined ? value : [before, value].flat();
  }
  return fields;
}

/**
 * @param {Incoming} request @param {string} path @param {Buffer | undefined} bytes
 * @returns {{body?: any} | {wrong: Answer}}
 */
function parsedBody(request, path, bytes) {
  if (!bytes) return { wrong: problem(413, 'too-long', `a body holds at most ${BODY_MAX_BYTES} bytes`) };
  if (!bytes.length) return {};
  const kind = (request.headers['content-type'] ?? '').split(';')[0].trim().toLowerCase();
  const text = bytes.toString('utf8');
  if (/\/_search(\?|$)/.test(path) && kind === 'application/x-www-form-urlencoded')
    return { body: form(text) };
  if (!['application/fhir+json', 'application/json', 'application/json-patch+json'].includes(kind)) {
    return { wrong: problem(415, 'not-supported', 'application/fhir+json is wanted') };
  }
  try {
    return { body: JSON.parse(text) };
  } catch {
    return { wrong: problem(400, 'structure', 'the body is not JSON') };
  }
}

/** @param {Answer} answer @param {Incoming} request */
function headersOf({ status, body }, request) {
  const version = body?.resourceType !== 'Bundle' && body?.meta?.versionId;
  const location = `${BASE}/${body?.resourceType}/${body?.id}/_history/${version}`;
  return {
    'content-type': 'application/fhir+json; charset=utf-8',
    'cache-control': 'no-store',
    ...(version && {
      etag: `W/"${version}"`,
      'last-modified': new Date(body.meta.lastUpdated).toUTCString(),
    }),
    ...(version && status === 201 && { location }),
    ...(status === 429 || status === 503 ? { 'retry-after': String(body?.retryAfterS ?? 1) } : {}),
    ...(request.headers['x-request-id'] && {
      'x-request-id': String(request.headers['x-request-id']).slice(0, 64),
    }),
  };
}

/** @param {Outgoing} response @param {Answer} answer @param {Incoming} request */
function send(response, answer, request) {
  const isMinimal =
    /return=minimal/.test(String(request.headers.prefer ?? '')) &&
    answer.status < 300 &&
    request.method !== 'GET';
  response.writeHead(answer.status, headersOf(answer, request));
  response.end(
    answer.body === undefined || (isMinimal && answer.body.resourceType !== 'Bundle')
      ? ''
      : JSON.stringify(answer.body)
  );
}

/**
 * The answer that a fault rule gives instead of the hub.
 * @param {import('./faults.js').Rule} rule
 * @returns {Answer}
 */
function faultAnswer(rule) {
  const answer = problem(rule.status ?? 503, 'transient', 'a fault on purpose');
  return { ...answer, body: { ...answer.body, retryAfterS: rule.retry_after_s } };
}

/**
 * @param {Incoming} request @param {Context} context @param {Buffer | undefined} bytes
 * @returns {Promise<Answer>}
 */
async function work(request, { api }, bytes) {
  const path = below(request.url ?? '');
  if (path === undefined) return problem(404, 'not-found', `the FHIR base is ${BASE}`);
  const parsed = parsedBody(request, path, bytes);
  if ('wrong' in parsed) return parsed.wrong;
  const socket = /** @type {import('node:tls').TLSSocket} */ (request.socket);
  const caller = callerOf(socket.getPeerCertificate().subjectaltname);
  return api.answer(
    { method: request.method ?? '', url: path, body: parsed.body, headers: request.headers },
    caller
  );
}

/**
 * One request with its faults; returns what the log says of its end.
 * @param {Incoming} request
 * @param {Outgoing} response
 * @param {Context} context
 */
async function handle(request, response, context) {
  const { faults } = context;
  const early = faults.areAboutBodies ? await bodyOf(request) : undefined;
  const rule = faults.take(request.method ?? '', typeOf(below(request.url ?? '')), early);
  if (rule?.do === 'drop-before') return request.socket.destroy() && 'dropped';
  const bytes = early ?? (await bodyOf(request));
  if (rule?.do === 'status') {
    const answer = faultAnswer(rule);
    send(response, answer, request);
    return answer.status;
  }
  await delay(rule);
  const answer = await work(request, context, bytes);
  if (rule?.do === 'die-after') process.kill(process.pid, 'SIGKILL');
  if (rule?.do === 'drop-after') return request.socket.destroy() && 'lost';
  if (rule?.do === 'garbage') {
    response.writeHead(200, { 'content-type': 'application/fhir+json' });
    response.end('{"resourceType":"Bundle","entry":[{\u0000');
    return 'garbage';
  }
  send(response, answer, request);
  return answer.status;
}

/**
 * @param {{cert: Buffer, key: Buffer, ca: Buffer}} secrets PEM
 * @param {Context} context
 */
export function makeServer(secrets, context) {
  const options = {
    ...secrets,
    minVersion: /** @type {const} */ ('TLSv1.3'),
    requestCert: true,
    rejectUnauthorized: true,
  };
  return createServer(options, async (request, response) => {
    const started = performance.now();
    let end;
    try {
      end = await handle(request, response, context);
    } catch {
      // The connection's edge: a client that went away in the middle of its body ends only itself.
      end = 'broken';
      request.socket.destroy();
    }
    const took = Math.round(performance.now() - started);
    context.log(`${request.method} ${typeOf(below(request.url ?? ''))} ${end} ${took}ms`);
  });
}
