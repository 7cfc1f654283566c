// Station: k8s. The config file of the ConfigMap: what was given, in the order of the schema and the words of its own parsers, so that the same settings
// are the same bytes. Called by server-part.
import { catalog, maxProviders, providerCatalog } from '../server/config/catalog.js';
import type { Setting, Settings } from '../server/config/resolve.js';
import { toYaml } from './to-yaml.js';

type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };
type Branch = { [key: string]: Value };

/** Every setting that somebody gave and that is no secret, as YAML that the server's own loader takes. */
export function configText(settings: Settings): string {
  const root: Branch = {};
  for (const { fileKey } of catalog) put(root, fileKey, settings.get(fileKey));
  const providers: Branch[] = [];
  for (let slot = 1; slot <= maxProviders; slot += 1) {
    const provider: Branch = {};
    for (const { fileKey } of providerCatalog(slot)) {
      put(provider, fileKey.slice(fileKey.indexOf('].') + 2), settings.get(fileKey));
    }
    if (Object.keys(provider).length > 0) providers.push(provider);
  }
  if (providers.length > 0) root.llm = { ...(root.llm as Branch | undefined), providers };
  return toYaml(root);
}

function put(root: Branch, fileKey: string, setting: Setting | undefined): void {
  if (setting === undefined || !setting.isGiven || setting.entry.field.secret) return;
  const names = fileKey.split('.');
  let branch = root;
  for (const name of names.slice(0, -1)) {
    const next = (branch[name] ?? {}) as Branch;
    branch[name] = next;
    branch = next;
  }
  const { parser } = setting.entry.field;
  const written = parser.format(setting.value);
  branch[names.at(-1) ?? ''] = parser.many ? (written === '' ? [] : written.split(',').map(scalar)) : scalar(written);
}

/** Numbers and words of truth as such, where they are written the same again. */
function scalar(written: string): Value {
  if (written === 'true' || written === 'false') return written === 'true';
  return /^(0|[1-9]\d{0,14})$/.test(written) ? Number(written) : written;
}
