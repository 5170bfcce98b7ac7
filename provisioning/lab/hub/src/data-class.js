// Which patient, data class and day a resource speaks of: what consent is decided on. Pure.
import { DATA_CLASS_SYSTEM } from './words.js';

/** @typedef {import('@medplum/fhirtypes').Resource} Resource */

/**
 * The data classes of consent.md, by resource type. A type that is absent has no class: it is never shown to
 * others.
 */
/** @type {Record<string, string>} */
const CLASS_OF_TYPE = {
  AllergyIntolerance: 'allergy',
  Composition: 'letter',
  Condition: 'diagnosis',
  Coverage: 'insurance',
  Device: 'device',
  DeviceUseStatement: 'device',
  DiagnosticReport: 'lab',
  DocumentReference: 'letter',
  Encounter: 'visit',
  ImagingStudy: 'imaging',
  Immunization: 'procedure',
  MedicationAdministration: 'medication',
  MedicationDispense: 'medication',
  MedicationRequest: 'medication',
  MedicationStatement: 'medication',
  Observation: 'lab',
  Patient: 'basic',
  Procedure: 'procedure',
  ServiceRequest: 'procedure',
  Specimen: 'lab',
};

/** The closed list; a check-up is told by its label only. */
const CLASSES = new Set([...Object.values(CLASS_OF_TYPE), 'checkup']);

/** Types that say nothing of a patient: every participant may read them. */
const SHARED_TYPES = new Set(['Organization', 'Practitioner', 'PractitionerRole', 'Location', 'Medication']);

/** @param {Resource} resource */
export const isShared = (resource) => SHARED_TYPES.has(resource.resourceType);

/** Whether the patient of a resource of this type is what `patientOf` says. @param {string} type */
export const isIndexedByPatient = (type) => type in CLASS_OF_TYPE || type === 'Consent' || type === 'List';

/**
 * The reference ("Patient/id") of the patient whom a resource is about; of a Patient, its own.
 * @param {any} resource
 * @returns {string | undefined}
 */
export function patientOf(resource) {
  if (resource.resourceType === 'Patient') return `Patient/${resource.id}`;
  const references = [resource.patient, resource.subject, resource.beneficiary].flat();
  return references.map((one) => one?.reference).find((one) => one?.startsWith('Patient/'));
}

/**
 * The data classes a resource holds: what its own labels say, else its type's. Empty: unknown, never shown to
 * others. Labels are tags, or security labels where a profile closes the tags; what both say holds, and a label
 * that is not in the list makes the whole unknown.
 * @param {Resource} resource
 * @returns {string[]}
 */
export function dataClassesOf(resource) {
  return labelledClassesOf(resource) ?? [CLASS_OF_TYPE[resource.resourceType]].filter(Boolean);
}

/**
 * The classes of what is shown with another resource (a Provenance, a Binary): that one's, and what its own labels
 * add.
 * @param {Resource} resource
 * @param {Resource} bearer
 * @returns {string[]}
 */
export function dataClassesWith(resource, bearer) {
  const [own, borne] = [labelledClassesOf(resource), dataClassesOf(bearer)];
  if (!own) return borne;
  return own.length && borne.length ? [...new Set([...borne, ...own])] : [];
}

/**
 * What a resource's labels say; empty: something that is no class, undefined: nothing.
 * @param {Resource} resource
 * @returns {string[] | undefined}
 */
function labelledClassesOf(resource) {
  const labels = [...(resource.meta?.tag ?? []), ...(resource.meta?.security ?? [])];
  const own = labels.filter((label) => label.system === DATA_CLASS_SYSTEM);
  if (own.some((label) => !CLASSES.has(label.code ?? ''))) return [];
  return own.length ? [...new Set(own.map((label) => label.code ?? ''))] : undefined;
}

const DATE_ELEMENTS = [
  'onsetDateTime',
  'onsetPeriod',
  'performedDateTime',
  'performedPeriod',
  'effectiveDateTime',
  'effectivePeriod',
  'timingDateTime',
  'timingPeriod',
  'occurrenceDateTime',
  'whenHandedOver',
  'authoredOn',
  'recordedDate',
  'started',
  'period',
  'date',
];

/**
 * A document's `date` and a list's say when they were submitted, not what day they are about.
 * @type {Record<string, (resource: any) => unknown>}
 */
const DATE_OF_TYPE = {
  DocumentReference: ({ context, content }) => context?.period ?? content?.[0]?.attachment?.creation,
  List: () => undefined,
};

/**
 * The day (or month, or year) that a resource is about, as written, without time; undefined if it has none.
 * @param {any} resource
 * @returns {string | undefined}
 */
export function dataDateOf(resource) {
  const own = DATE_OF_TYPE[resource.resourceType];
  const values = own ? [own(resource)] : DATE_ELEMENTS.map((name) => resource[name]);
  return values.map(dayOf).find((day) => day !== undefined);
}

/** @param {any} value a date or a period @returns {string | undefined} */
function dayOf(value) {
  const text = value !== null && typeof value === 'object' ? (value.start ?? value.end) : value;
  return typeof text === 'string' ? text.slice(0, 10) : undefined;
}
