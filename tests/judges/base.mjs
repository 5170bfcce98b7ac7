// Judge 1: npm `fhir`: base R4 structure and value sets.
import fhir from 'fhir';

const validator = new fhir.Fhir();

/**
 * Unknown properties are errors; codes outside a value set are errors where the binding is required, else
 * warnings.
 * @param {any} resource
 * @returns {{errors: import('./alarms.mjs').Note[], warnings: import('./alarms.mjs').Note[]}}
 */
export function judgeBase(resource) {
  const errors = [];
  const warnings = [];
  for (const { severity, location, message } of validator.validate(resource, { errorOnUnexpected: true })
    .messages) {
    const note = { judge: 'npm-fhir', path: location, text: message };
    if (severity === 'error' || severity === 'fatal') errors.push(note);
    else if (severity === 'warning') warnings.push(note);
  }
  return { errors, warnings };
}
