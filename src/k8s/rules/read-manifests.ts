// Station: k8s/rules. YAML or JSON text becomes objects that know their lines: many documents, Lists taken apart. Called by `chatbox k8s check`.
import { type Document, isNode, LineCounter, parseAllDocuments } from 'yaml';
import { at, isMap, listAt, type Path, textAt } from './json.js';
import { clusterKinds } from './object-set.js';
import type { KubeObject } from './rule.js';

/** Something that keeps a file from being read as manifests. */
export interface ManifestProblem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
  readonly fix: string | null;
}

/** What a file held. */
export interface Manifests {
  readonly objects: readonly KubeObject[];
  readonly problems: readonly ManifestProblem[];
  /** Lines of documents that are no Kubernetes objects: values of a chart, a kustomization. */
  readonly others: readonly number[];
}

/** Most objects that one file may hold. */
const maxObjects = 20_000;

/** Reads `text`. Never throws for what it holds. @param file what to call it in messages */
export function readManifests(text: string, file: string): Manifests {
  const objects: KubeObject[] = [];
  const problems: ManifestProblem[] = [];
  const others: number[] = [];
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, strict: true });
  for (const document of Array.isArray(documents) ? documents : []) {
    const lineAt = (offset: number) => Math.max(1, lines.linePos(offset).line);
    const [error] = document.errors;
    if (error !== undefined) {
      problems.push({ file, line: lineAt(error.pos[0]), ...complaint(error.code, error.message, text) });
      continue;
    }
    if (document.contents === null) continue;
    const line = lineAt(offsetOf(document.contents));
    const value = plain(document);
    // A separator at the end, or a comment alone.
    if (value === null) continue;
    if (value === undefined) {
      problems.push({ file, line, message: 'expands to more than it may: too many aliases', fix: 'write it out' });
    } else if (!isObject(value) || isKustomization(value)) others.push(line);
    else objects.push(...spread(value, [], { document, file, lineAt, inherited: undefined }));
    if (objects.length > maxObjects) {
      problems.push({ file, line, message: `holds more than ${maxObjects} objects`, fix: 'check it in parts' });
      break;
    }
  }
  return { objects, problems, others };
}

function plain(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    // The library refuses what would expand to more than memory holds; it throws for nothing else here.
    return undefined;
  }
}

const isObject = (value: unknown): boolean =>
  isMap(value) && textAt(value, 'apiVersion') !== undefined && textAt(value, 'kind') !== undefined;

const isKustomization = (value: unknown): boolean =>
  (textAt(value, 'apiVersion') ?? '').startsWith('kustomize.config.k8s.io/');

interface Place {
  readonly document: Document;
  readonly file: string;
  readonly lineAt: (offset: number) => number;
  /** Kind and version that the items of a `PodList` need not repeat. */
  readonly inherited: { readonly apiVersion: string; readonly kind: string } | undefined;
}

/** One object; a List becomes its items. */
function spread(value: unknown, path: Path, place: Place): readonly KubeObject[] {
  if (!isMap(value)) return [];
  const kind = textAt(value, 'kind') ?? place.inherited?.kind ?? '';
  const apiVersion = textAt(value, 'apiVersion') ?? place.inherited?.apiVersion ?? '';
  if (kind.endsWith('List') && Array.isArray(at(value, 'items'))) {
    const inherited = kind === 'List' ? undefined : { apiVersion, kind: kind.slice(0, -'List'.length) };
    return listAt(value, 'items').flatMap((item, index) =>
      spread(item, [...path, 'items', index], { ...place, inherited }),
    );
  }
  const { document, file, lineAt } = place;
  const namespace = clusterKinds.has(kind) ? '' : (textAt(value, 'metadata', 'namespace') ?? 'default');
  return [
    {
      apiVersion,
      kind,
      name: textAt(value, 'metadata', 'name') ?? textAt(value, 'metadata', 'generateName') ?? '(no name)',
      namespace,
      raw: value,
      file,
      lineOf: (below) => lineAt(offsetAt(document, [...path, ...below])),
    },
  ];
}

/** Where `path` begins, or the nearest thing above it that is there. */
function offsetAt(document: Document, path: Path): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node)) return offsetOf(node);
  }
  return 0;
}

function offsetOf(node: unknown): number {
  const range = isNode(node) ? node.range : undefined;
  return range?.[0] ?? 0;
}

/** The parser's sentence quotes nothing of the file but single characters; only its first line is used. */
function complaint(code: string, message: string, text: string): Pick<ManifestProblem, 'message' | 'fix'> {
  if (/\{\{-?\s*(\.|include|if|range|with|template|tpl)/.test(text)) {
    return {
      message: 'is a Helm template, not a manifest',
      fix: 'render it first: helm template … | chatbox k8s check -',
    };
  }
  const words = code.toLowerCase().replaceAll('_', ' ');
  const first = /^[\w ,.'()-]{1,80}/.exec(message.split('\n')[0] ?? '')?.[0].trim();
  return { message: `is not valid YAML (${words}${first === undefined ? '' : `: ${first}`})`, fix: null };
}
