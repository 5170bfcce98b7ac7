// A bundle's own references, made plain for judges that judge one resource at a time (see ADAPTATIONS in
// alarms.mjs).

const CONDITIONAL = /^([A-Z][A-Za-z]+)\?\w[^|]*=.+$/;

/**
 * @param {any} bundle
 * @returns {Map<string, string>} fullUrl → Type/id
 */
function addresses(bundle) {
  const entries = (bundle.entry ?? []).filter((entry) => entry.fullUrl && entry.resource);
  return new Map(
    entries.map(({ fullUrl, resource }) => [
      fullUrl,
      `${resource.resourceType}/${resource.id ?? 'inside-the-bundle'}`,
    ])
  );
}

/**
 * A copy of the bundle with plain references, and the findings on references that lead nowhere.
 * @param {any} bundle
 * @returns {{bundle: any, dangling: {entry: number, path: string, text: string}[]}}
 */
export function plainReferences(bundle) {
  const known = addresses(bundle);
  const dangling = [];
  const plain = (value, path, entry) => {
    if (Array.isArray(value)) return value.map((item, n) => plain(item, `${path}[${n}]`, entry));
    if (value === null || typeof value !== 'object') return value;
    const copy = {};
    for (const [key, inner] of Object.entries(value)) copy[key] = plain(inner, `${path}.${key}`, entry);
    if (typeof copy.reference === 'string') copy.reference = target(copy.reference, path, entry);
    return copy;
  };
  const target = (reference, path, entry) => {
    if (!reference.startsWith('urn:uuid:')) return reference.replace(CONDITIONAL, '$1/by-search');
    if (!known.has(reference)) {
      dangling.push({ entry, path, text: 'the reference points at no entry of this bundle' });
      return 'Basic/nowhere';
    }
    return known.get(reference);
  };
  const entries = (bundle.entry ?? []).map((entry, n) =>
    entry.resource ? { ...entry, resource: plain(entry.resource, entry.resource.resourceType, n) } : entry
  );
  return { bundle: { ...bundle, entry: entries }, dangling };
}
