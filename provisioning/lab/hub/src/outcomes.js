// The refusals of this hub as OperationOutcome errors; the texts never hold data of a resource.
import { OperationOutcomeError, badRequest, businessRule, forbidden } from '@medplum/core';

/** @typedef {import('@medplum/fhirtypes').OperationOutcomeIssue} Issue */

/** 403. @param {string} text */
export function refuse(text) {
  const issue = [{ ...forbidden.issue[0], details: { text } }];
  return new OperationOutcomeError({ ...forbidden, issue: /** @type {Issue[]} */ (issue) });
}

/** 422: the resource is not as it should be. @param {Issue[]} issues */
export function unprocessable(issues) {
  return new OperationOutcomeError({ ...businessRule('invalid', ''), issue: issues });
}

/** 422 with one sentence. @param {string} text @param {string} [expression] where */
export function broken(text, expression) {
  const issue = {
    severity: 'error',
    code: 'business-rule',
    details: { text },
    ...(expression && { expression: [expression] }),
  };
  return unprocessable([/** @type {Issue} */ (issue)]);
}

/** 400. @param {string} text */
export function malformed(text) {
  return new OperationOutcomeError(badRequest(text));
}

/** 500: the hub could not do its work. @param {string} text */
export function failure(text) {
  const issue = { severity: 'fatal', code: 'exception', details: { text } };
  return new OperationOutcomeError({
    resourceType: 'OperationOutcome',
    issue: [/** @type {Issue} */ (issue)],
  });
}
