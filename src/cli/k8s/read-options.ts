// Station: cli/k8s. Gathers the options of a render: flags, and the file that --from names. Called by run-render.
import { basename, dirname, resolve } from 'node:path';
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { renderOptions } from '../../k8s/option-list.js';
import type { RawOption } from '../../k8s/parse-options.js';
import type { Problem } from '../../server/config/problem.js';
import { diskFiles } from '../../server/config/sources.js';
import { type Invocation, optionText } from '../command.js';

/** Options as they were given, strongest first. */
export interface GivenOptions {
  readonly options: readonly RawOption[];
  readonly problems: readonly Problem[];
}

/** How an option is written on the command line: `--path-prefix`. */
export function flagOf(name: keyof typeof renderOptions): string {
  return renderOptions[name].flags.split(' ')[0] ?? name;
}

/** Reads them; what the file says of other files is relative to its own folder. */
export async function readOptions(invocation: Invocation): Promise<GivenOptions> {
  const flags = (Object.keys(renderOptions) as (keyof typeof renderOptions)[]).flatMap((name): readonly RawOption[] => {
    const value = invocation.options[name];
    if (value === undefined || typeof value === 'object') return [];
    return [{ name, raw: String(value), source: flagOf(name) }];
  });
  const file = optionText(invocation, 'from');
  if (file === undefined) return { options: flags, problems: [] };
  const path = resolve(invocation.io.cwd, file);
  const read = await diskFiles.text(path);
  if (!read.ok) return { options: flags, problems: [{ source: `--from ${file}`, message: read.reason, fix: null }] };
  const { options, problems } = parseFile(read.text, basename(file));
  const placed = options.map((option) =>
    option.name === 'config' ? { ...option, raw: resolve(dirname(path), option.raw) } : option,
  );
  return { options: [...flags, ...placed], problems };
}

function parseFile(text: string, label: string): GivenOptions {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const message = error.code === 'DUPLICATE_KEY' ? 'says the same key twice' : 'is not valid YAML';
    return { options: [], problems: [{ source: `${label}:${lines.linePos(error.pos[0]).line}`, message, fix: null }] };
  }
  if (document.contents === null) return { options: [], problems: [] };
  if (!isMap(document.contents)) {
    return {
      options: [],
      problems: [{ source: label, message: 'must be a map of options', fix: 'write image: …, host: …' }],
    };
  }
  const options: RawOption[] = [];
  const problems: Problem[] = [];
  for (const { key, value } of document.contents.items) {
    const name = isScalar(key) ? String(key.value) : '';
    const line = isScalar(key) ? lines.linePos(key.range?.[0] ?? 0).line : 1;
    const source = `${label}:${line} ${name}`;
    const raw = written(value);
    if (raw === null) problems.push({ source, message: 'must be a plain value or a list of such', fix: null });
    else options.push({ name, raw, source });
  }
  return { options, problems };
}

/** As somebody wrote it, so that 1e3 is refused by the option's own parser; a list with commas between. */
function written(value: unknown): string | null {
  if (isSeq(value)) {
    const items = value.items.map((item) => (isSeq(item) ? null : written(item)));
    return items.every((item) => item !== null) ? items.join(',') : null;
  }
  if (isMap(value) && value.items.length > 0) {
    // Labels, as Kubernetes writes them.
    const pairs = value.items.map((pair) => [written(pair.key), written(pair.value)]);
    return pairs.flat().every((each) => each !== null) ? pairs.map(([key, each]) => `${key}=${each}`).join(',') : null;
  }
  if (!isScalar(value) || value.value === null) return null;
  return typeof value.value === 'string' ? value.value : (value.source ?? String(value.value));
}
