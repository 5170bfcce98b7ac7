// Starts the practice hub. It prints one line of JSON when it is ready, and logs one line a request.
import { createWriteStream, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Api } from './api.js';
import { loadDefinitions } from './admission.js';
import { Faults, controlServer } from './faults.js';
import { Hub } from './hub.js';
import { Journal } from './journal.js';
import { PARENT_LOOK_MS, STOP_WITHIN_MS } from './limits.js';
import { Participants } from './participants.js';
import { BASE, makeServer } from './server.js';

const LOOPBACK = '127.0.0.1';

const USAGE = `node src/main.js --cert FILE --key FILE --ca FILE --data DIR --participants FILE
  [--port N] [--log FILE] [--faults FILE] [--control-port N] [--end-with PID] [--journal-max-bytes N]
Ports: 0 takes any free one. --faults and --control-port are for practice and tests.`;

function options() {
  const text = /** @type {const} */ ({ type: 'string' });
  const known = {
    port: { ...text, default: '0' },
    cert: text,
    key: text,
    ca: text,
    data: text,
    participants: text,
    log: text,
    faults: text,
    'control-port': text,
    'end-with': text,
    'journal-max-bytes': text,
  };
  const { values } = parseArgs({ options: known });
  const { cert, key, ca, data, participants } = values;
  if (!cert || !key || !ca || !data || !participants) {
    process.stderr.write(`${USAGE}\n`);
    process.exit(2);
  }
  return { ...values, cert, key, ca, data, participants };
}

/** @param {string | undefined} path */
function openLog(path) {
  const stream = path ? createWriteStream(path, { flags: 'a', mode: 0o600 }) : process.stderr;
  return (/** @type {string} */ line) => void stream.write(`${new Date().toISOString()} ${line}\n`);
}

/**
 * @param {import('node:net').Server} server
 * @param {string} port
 * @returns {Promise<number>} the port taken
 */
function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(port), LOOPBACK, () =>
      resolve(/** @type {import('node:net').AddressInfo} */ (server.address()).port)
    );
  });
}

/**
 * Ends this process when that one is gone: a killed test leaves no hub behind.
 * @param {string | undefined} pid
 * @param {() => void} end
 */
function endWith(pid, end) {
  if (!pid) return;
  const look = () => {
    try {
      process.kill(Number(pid), 0);
    } catch {
      end();
    }
  };
  setInterval(look, PARENT_LOOK_MS).unref();
}

async function main() {
  const given = options();
  const faults = new Faults();
  if (given.faults) faults.add(JSON.parse(readFileSync(given.faults, 'utf8')));
  loadDefinitions();
  const limit = given['journal-max-bytes'];
  const hub = new Hub(
    new Journal(given.data, limit ? Number(limit) : undefined),
    new Participants(given.participants)
  );
  await hub.open();
  const secrets = {
    cert: readFileSync(given.cert),
    key: readFileSync(given.key),
    ca: readFileSync(given.ca),
  };
  const server = makeServer(secrets, { api: new Api(hub), faults, log: openLog(given.log) });
  const port = await listen(server, given.port);
  hub.address = `https://${LOOPBACK}:${port}${BASE}`;
  const control = given['control-port'] === undefined ? undefined : controlServer(faults);
  const controlPort = control && (await listen(control, given['control-port'] ?? '0'));
  const stop = () => {
    control?.close();
    server.close(() => hub.close().then(() => process.exit(0)));
    server.closeIdleConnections();
    setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  endWith(given['end-with'], stop);
  process.stdout.write(
    `${JSON.stringify({ ready: true, port, ...(controlPort && { control_port: controlPort }) })}\n`
  );
}

try {
  await main();
} catch (thrown) {
  process.stderr.write(`the practice hub could not start: ${/** @type {Error} */ (thrown).message}\n`);
  process.exit(1);
}
