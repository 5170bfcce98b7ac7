// Known false alarms of npm `fhir` 4.12.0 and @medplum/core 5.2.13, one by one. A note is excused only if an
// entry here names its exact shape and the resource shows that the alarm is false; it is still reported,
// under "excused".

/** @typedef {{judge: string, path: string, text: string}} Note */

/** @param {any} root @param {string} location e.g. "MedicationRequest.substitution.allowed[x]" */
function parentOf(root, location) {
  const steps = location.split('.').slice(1, -1);
  return steps.reduce((at, step) => {
    const [, name, index] = /^(\w+)(?:\[(\d+)])?$/.exec(step) ?? [];
    const value = at?.[name];
    return index === undefined ? value : value?.[Number(index)];
  }, root);
}

export const FALSE_ALARMS = [
  {
    id: 'falsy-choice',
    reason:
      'A mandatory choice element such as substitution.allowed[x] is there, but its value is false or 0; the validator ' +
      'looks for a truthy one and says "Missing property".',
    applies: (note, resource) => {
      const name = /\.(\w+)\[x]$/.exec(note.path)?.[1];
      if (note.judge !== 'npm-fhir' || !name || note.text !== 'Missing property') return false;
      const present = Object.entries(parentOf(resource, note.path) ?? {});
      return present.some(
        ([key, value]) => (value === false || value === 0) && new RegExp(`^${name}[A-Z]`).test(key)
      );
    },
  },
  {
    id: 'slice-told-by-value-set',
    reason:
      '@medplum/core counts every value for the first slice whose discriminator is bound to a value set, because it cannot ' +
      'whether a code is in it. Excused where the slice also fixes its codes and walker.mjs counted by those without complaint.',
    applies: (note, _resource, notes) => {
      const slice = /^Incorrect number of values provided for slice '(\w+)'/.exec(note.text)?.[1];
      const profile = /^medplum (\w+)$/.exec(note.judge)?.[1];
      if (!slice || !profile || note.path.split('.').at(-1) !== 'category') return false;
      return !notes.some((one) => one.judge === `walker ${profile}` && one.text.includes(`:${slice}:`));
    },
  },
];

/**
 * What is changed in a copy before the judges see it, because none of them knows a transaction's references.
 */
export const ADAPTATIONS = [
  {
    id: 'transaction-reference',
    reason:
      'urn:uuid references point inside the bundle: they are replaced by Type/id of the entry they point to, so that the ' +
      'type of the target is judged too (one that points nowhere is an error). @medplum/core would only warn.',
  },
  {
    id: 'conditional-reference',
    reason:
      'Type?identifier=system|value (http.html#trules) is replaced by Type/by-search: npm `fhir` splits it at the slashes of ' +
      'the system and takes "Patient?identifier=http:" for the type of the target.',
  },
];

/**
 * The entry that excuses a note, if one does.
 * @param {Note} note
 * @param {any} resource
 * @param {Note[]} notes: all errors on this resource
 */
export function excuse(note, resource, notes) {
  return FALSE_ALARMS.find((alarm) => alarm.applies(note, resource, notes));
}
