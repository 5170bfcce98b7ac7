// Judges FHIR resources and bundles. Usage: node judge.mjs [--profiles DIR_OR_TGZ]… FILE…
// Prints one JSON document: {"files": [{"name", "resources": [{"entry", "type", "id", "profiles", "claims",
// "errors", "warnings", "excused"}]}]}.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ADAPTATIONS, excuse, FALSE_ALARMS } from './alarms.mjs';
import { judgeBase } from './base.mjs';
import { judgeMedplum } from './medplum.mjs';
import { profilesFor, readProfiles } from './profiles.mjs';
import { plainReferences } from './references.mjs';
import { walkProfile } from './walker.mjs';

/** What all judges say of one resource. @param {any} resource @param {Map<string, any>} profiles */
function opinions(resource, profiles) {
  const { errors, warnings } = judgeBase(resource);
  const { chosen, unknown, claims } = profilesFor(resource, profiles);
  for (const profile of [undefined, ...chosen]) {
    const opinion = judgeMedplum(resource, profile);
    errors.push(...opinion.errors);
    warnings.push(...opinion.warnings);
    if (profile) errors.push(...walkProfile(resource, profile, profiles));
  }
  if (profiles.size) {
    for (const url of unknown)
      errors.push({ judge: 'profiles', path: 'meta.profile', text: `no package holds ${url}` });
  }
  return { errors, warnings, chosen, claims };
}

/**
 * @param {any} resource
 * @param {Map<string, any>} profiles
 * @param {number} entry: −1 for the file's own resource
 */
function judgeResource(resource, profiles, entry) {
  const { errors: all, warnings, chosen, claims } = opinions(resource, profiles);
  const errors = [];
  const excused = [];
  for (const note of all) {
    const alarm = excuse(note, resource, all);
    if (alarm) excused.push({ ...note, alarm: alarm.id });
    else errors.push(note);
  }
  const names = chosen.map((profile) => profile.name);
  return {
    entry,
    type: resource.resourceType,
    id: resource.id ?? null,
    profiles: names,
    claims,
    errors,
    warnings,
    excused,
  };
}

/** The bundle without its contents, which are judged apart: what is left is its own frame. */
function frameOf(bundle) {
  const entry = (bundle.entry ?? []).map((one) => {
    if (!one.resource) return one;
    const { id, meta } = one.resource;
    return { ...one, resource: { resourceType: 'Basic', id, meta, code: { text: 'judged apart' } } };
  });
  return { ...bundle, ...(bundle.entry && { entry }) };
}

/** @param {any} bundle @param {Map<string, any>} profiles */
function judgeBundle(bundle, profiles) {
  const { bundle: plain, dangling } = plainReferences(bundle);
  const verdicts = [judgeResource(frameOf(bundle), profiles, -1)];
  for (const [n, { resource }] of (plain.entry ?? []).entries()) {
    if (!resource) continue;
    const verdict = judgeResource(resource, profiles, n);
    const own = dangling.filter((note) => note.entry === n);
    verdict.errors.push(...own.map(({ path, text }) => ({ judge: 'references', path, text })));
    verdicts.push(verdict);
  }
  return verdicts;
}

/** @param {string} name @param {Map<string, any>} profiles */
function judgeFile(name, profiles) {
  const resource = JSON.parse(readFileSync(name, 'utf8'));
  const isBundle = resource.resourceType === 'Bundle';
  return {
    name,
    resources: isBundle ? judgeBundle(resource, profiles) : [judgeResource(resource, profiles, -1)],
  };
}

const { values, positionals } = parseArgs({
  options: { profiles: { type: 'string', multiple: true, default: [] } },
  allowPositionals: true,
});
const profiles = readProfiles(values.profiles);
const table = FALSE_ALARMS.map(({ id, reason }) => ({ id, reason }));
const files = positionals.map((name) => judgeFile(name, profiles));
process.stdout.write(`${JSON.stringify({ alarms: table, adaptations: ADAPTATIONS, files })}\n`);
