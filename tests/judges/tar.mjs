// A reader of ustar archives, just enough for FHIR packages: plain files with short or pax long names.
import { gunzipSync } from 'node:zlib';

const BLOCK_BYTES = 512;

/** @param {Buffer} header @param {number} from @param {number} length */
function text(header, from, length) {
  const field = header.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? length : end).toString('utf8');
}

/** @param {Buffer} body: pax records, each "LENGTH key=value\n" */
function paxPath(body) {
  return /\d+ path=([^\n]*)\n/.exec(body.toString('utf8'))?.[1];
}

/**
 * The plain files of a gzipped tar archive, in order.
 * @param {Buffer} archive
 * @returns {Generator<{name: string, body: Buffer}>}
 */
export function* filesOfTgz(archive) {
  const tar = gunzipSync(archive);
  let longName;
  for (let at = 0; at + BLOCK_BYTES <= tar.length;) {
    const header = tar.subarray(at, at + BLOCK_BYTES);
    if (header[0] === 0) return;
    const size = Number.parseInt(text(header, 124, 12).trim() || '0', 8);
    const body = tar.subarray(at + BLOCK_BYTES, at + BLOCK_BYTES + size);
    const kind = text(header, 156, 1);
    if (kind === 'x') longName = paxPath(body);
    else if (kind === '0' || kind === '') {
      const prefix = text(header, 345, 155);
      const name = text(header, 0, 100);
      yield { name: longName ?? (prefix ? `${prefix}/${name}` : name), body };
      longName = undefined;
    }
    at += BLOCK_BYTES + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
  }
}
