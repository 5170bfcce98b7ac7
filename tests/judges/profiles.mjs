// The profiles to judge by: StructureDefinitions of a FHIR package (folder or .tgz) and the choice of one for
// a resource.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { filesOfTgz } from './tar.mjs';

const JP_CORE = 'http://jpfhir.jp/fhir/core/StructureDefinition/';

/**
 * The JP Core profile of a resource that names none itself. Types that are absent have no JP profile of their
 * own.
 */
const PROFILE_OF_TYPE = {
  AllergyIntolerance: 'JP_AllergyIntolerance',
  Condition: 'JP_Condition',
  Consent: 'JP_Consent',
  Coverage: 'JP_Coverage',
  Device: 'JP_Device',
  DeviceUseStatement: 'JP_DeviceUseStatement',
  DocumentReference: 'JP_DocumentReference',
  Encounter: 'JP_Encounter',
  Immunization: 'JP_Immunization',
  MedicationDispense: 'JP_MedicationDispense',
  MedicationRequest: 'JP_MedicationRequest',
  Observation: 'JP_Observation_Common',
  Organization: 'JP_Organization',
  Patient: 'JP_Patient',
  Practitioner: 'JP_Practitioner',
  PractitionerRole: 'JP_PractitionerRole',
  Procedure: 'JP_Procedure',
  Specimen: 'JP_Specimen',
};

/** @param {string} place: a folder (searched one level down too) or a .tgz */
function* jsonTexts(place) {
  if (!statSync(place).isDirectory()) {
    for (const file of filesOfTgz(readFileSync(place))) {
      if (file.name.endsWith('.json')) yield file.body.toString('utf8');
    }
    return;
  }
  for (const name of readdirSync(place, { recursive: true })) {
    const path = join(place, String(name));
    if (path.endsWith('.json') && statSync(path).isFile()) yield readFileSync(path, 'utf8');
  }
}

/**
 * Every StructureDefinition of the packages, by canonical URL; of two with the same one, the first package's.
 * @param {string[]} places
 * @returns {Map<string, any>}
 */
export function readProfiles(places) {
  const found = new Map();
  for (const place of places) {
    for (const text of jsonTexts(place)) {
      const resource = JSON.parse(text);
      if (resource.resourceType === 'StructureDefinition' && resource.snapshot)
        found.set(resource.url, resource);
    }
  }
  return found;
}

/**
 * The profiles a resource is judged by: those that it claims and that are known, else the JP Core one of its
 * type. A claimed JP profile that no package holds is an error: a wrong address must not pass as "no
 * profile".
 * @param {any} resource
 * @param {Map<string, any>} profiles
 * @returns {{chosen: any[], unknown: string[], claims: boolean}} `claims`: the resource names a known profile itself
 */
export function profilesFor(resource, profiles) {
  const claimed = (resource.meta?.profile ?? []).map((/** @type {string} */ url) => url.split('|')[0]);
  const chosen = claimed.filter((url) => profiles.has(url)).map((url) => profiles.get(url));
  const unknown = claimed.filter((url) => url.startsWith('http://jpfhir.jp/') && !profiles.has(url));
  const claims = chosen.length > 0;
  const usual = profiles.get(JP_CORE + PROFILE_OF_TYPE[resource.resourceType]);
  if (!chosen.length && usual) chosen.push(usual);
  return { chosen, unknown, claims };
}
