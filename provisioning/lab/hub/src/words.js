// The URIs this hub shares with the boxes: one place, because both sides must spell them alike.

export const FACILITY_URN = 'urn:renkei:facility:';
export const DEVICE_URN = 'urn:renkei:device:';
export const OPERATOR_URN = 'urn:renkei:role:operator';
/** Identifier system of the master patient index's own number for a person. */
export const MPI_SYSTEM = 'urn:renkei:lab:mpi';
/** Coding system of the data classes of consent, in Consent.provision.class and in meta.tag or meta.security of a resource. */
export const DATA_CLASS_SYSTEM = 'urn:renkei:data-class';
export const RESOURCE_TYPE_SYSTEM = 'http://hl7.org/fhir/resource-types';
export const FACILITY_NUMBER_SYSTEM = 'http://jpfhir.jp/fhir/core/IdSystem/insurance-medical-institution-no';
export const MEMBER_ID_SYSTEM = 'http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID';
export const NAME_REPRESENTATION = 'http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation';
export const MATCH_GRADE = 'http://hl7.org/fhir/StructureDefinition/match-grade';

/** @param {string} facility ten digits */
export const sourceOf = (facility) => FACILITY_URN + facility;

/**
 * The facility that a resource comes from, by meta.source.
 * @param {import('@medplum/fhirtypes').Resource} resource
 */
export function facilityOf(resource) {
  const source = resource.meta?.source;
  return source?.startsWith(FACILITY_URN) ? source.slice(FACILITY_URN.length) : undefined;
}
