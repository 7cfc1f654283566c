// Station: k8s/rules. A text inside a manifest, read as YAML where it is some. Called by rules that look into ConfigMaps.
import { parseDocument } from 'yaml';

/** The value of a YAML or JSON text; undefined where it is neither, or expands to too much. */
export function plainYaml(text: string): unknown {
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'silent' });
  if (document.errors.length > 0) return undefined;
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    // The library throws only for aliases that expand without end.
    return undefined;
  }
}
