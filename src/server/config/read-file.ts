// Station: config. The config file (YAML, of which JSON is a part) becomes givens with line numbers. Called by load, which imports it only where there is a file.
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { nearest } from '../../common/nearest.js';
import { type CatalogEntry, catalog, maxProviders, providerCatalog } from './catalog.js';
import { didYouMean } from './env-names.js';
import type { Given, Reading } from './given.js';
import type { Notice, Problem } from './problem.js';

interface Walk {
  readonly given: Map<string, Given>;
  readonly problems: Problem[];
  readonly notices: Notice[];
  readonly at: (node: unknown) => string;
}

const providersKey = 'llm.providers';

/**
 * Reads a config file.
 * @param label what to call the file in messages
 */
export function readConfigFile(content: string, label: string): Reading {
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false, strict: true });
  const at = (node: unknown) => `${label}:${lines.linePos(offsetOf(node)).line}`;
  const walk: Walk = { given: new Map(), problems: [], notices: [], at };
  for (const error of document.errors) {
    walk.problems.push({
      source: `${label}:${lines.linePos(error.pos[0]).line}`,
      message: yamlComplaint(error.code),
      fix: null,
    });
  }
  if (walk.problems.length === 0 && document.contents !== null) {
    if (isMap(document.contents)) readMap(document.contents, '', sectionNames(catalog), catalog, walk);
    else
      walk.problems.push({
        source: at(document.contents),
        message: 'must be a map of sections (http, chat, llm, …)',
        fix: null,
      });
  }
  return { layer: 'file', given: walk.given, problems: walk.problems, notices: walk.notices };
}

/** The parser's own sentences quote the file, and with it perhaps a secret: only its codes are used. */
function yamlComplaint(code: string): string {
  return code === 'DUPLICATE_KEY'
    ? 'says the same key twice'
    : `is not valid YAML (${code.toLowerCase().replaceAll('_', ' ')})`;
}

function offsetOf(node: unknown): number {
  const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : null;
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : 0;
}

/** Every prefix of every key, so that a section is known apart from a setting. */
function sectionNames(entries: readonly CatalogEntry[]): ReadonlySet<string> {
  const sections = new Set<string>();
  for (const { fileKey } of entries) {
    const names = fileKey.split('.');
    for (let depth = 1; depth < names.length; depth += 1) sections.add(names.slice(0, depth).join('.'));
  }
  return sections;
}

function readMap(
  map: YAMLMap<unknown, unknown>,
  prefix: string,
  sections: ReadonlySet<string>,
  entries: readonly CatalogEntry[],
  walk: Walk,
): void {
  for (const { key: keyNode, value } of map.items) {
    const source = walk.at(keyNode);
    const name = isScalar(keyNode) ? String(keyNode.value) : '';
    const key = prefix === '' ? name : `${prefix}.${name}`;
    const entry = entries.find(({ fileKey }) => fileKey === key);
    if (entry !== undefined) readValue(entry, value, `${source} ${key}`, walk);
    else if (key === providersKey) readProviders(value, `${source} ${key}`, walk);
    else if (!sections.has(key)) walk.problems.push(unknownKey(key, `${source} ${key}`, sections, entries));
    else if (isMap(value)) readMap(value, key, sections, entries, walk);
    else if (!isNothing(value))
      walk.problems.push({ source: `${source} ${key}`, message: 'must be a map of settings', fix: null });
  }
}

function unknownKey(
  key: string,
  source: string,
  sections: ReadonlySet<string>,
  entries: readonly CatalogEntry[],
): Problem {
  const meant = nearest(key, [...entries.map(({ fileKey }) => fileKey), ...sections, providersKey]);
  return { source, message: 'is not a known setting', fix: didYouMean(meant) };
}

function isNothing(value: unknown): boolean {
  return value === null || (isScalar(value) && value.value === null);
}

/** Text as it was written, so that 0x10 or 1e3 are refused by the setting's own parser and not turned into numbers here. */
function written(value: unknown): string | null {
  if (!isScalar(value)) return null;
  return typeof value.value === 'string' ? value.value : (value.source ?? String(value.value));
}

function readValue(entry: CatalogEntry, value: unknown, source: string, walk: Walk): void {
  if (isNothing(value)) return;
  const items = isSeq(value) ? value.items.map(written) : [written(value)];
  const raws = items.filter((item) => item !== null);
  if (raws.length < items.length || (isSeq(value) && !entry.field.parser.many)) {
    const fix = entry.field.parser.many ? 'a list of plain values' : 'a single plain value';
    walk.problems.push({ source, message: `must be ${entry.field.parser.kind}`, fix: `write ${fix}` });
    return;
  }
  if (entry.field.secret) {
    walk.notices.push({
      source,
      message: `is a secret: better in the environment or the credentials folder as ${entry.env[0]}`,
    });
  }
  walk.given.set(entry.fileKey, { raw: isSeq(value) ? raws : (raws[0] ?? ''), source });
}

function readProviders(value: unknown, source: string, walk: Walk): void {
  if (isNothing(value)) return;
  if (!isSeq(value) || value.items.length > maxProviders) {
    walk.problems.push({ source, message: `must be a list of at most ${maxProviders} providers`, fix: null });
    return;
  }
  for (const [index, item] of value.items.entries()) {
    const key = `${providersKey}[${index}]`;
    const entries = providerCatalog(index + 1);
    if (isMap(item)) readMap(item as YAMLMap<unknown, unknown> & Node, key, new Set(), entries, walk);
    else walk.problems.push({ source: `${walk.at(item)} ${key}`, message: 'must be a map of settings', fix: null });
  }
}
