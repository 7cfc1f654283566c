// Station: cli/secrets. What `chatbox secrets create` says it made: names, origins, fingerprints; never a value. Called by each way of writing.
import { type Invocation, optionText } from '../command.js';
import { shapeOf, table } from '../output/table.js';
import { fingerprint } from './fingerprint.js';
import type { Gathered } from './gather.js';
import { stillWanted, type Wanted } from './wanted.js';

/** One secret. */
export interface CreatedRow {
  readonly name: string;
  readonly origin: Gathered['origin'] | 'kept' | 'store';
  /** null where there is no value yet that it would name. */
  readonly fingerprint: string | null;
}

/** A value as a row. */
export function rowOf(name: string, { origin, value }: Gathered, isDry: boolean): CreatedRow {
  // What is generated in a dry run is thrown away: its fingerprint would name nothing.
  return { name, origin, fingerprint: isDry && origin === 'generated' ? null : fingerprint(name, value) };
}

/** Prints the rows, with `data` beside them for programs, and names on stderr what is left out. Resolves to those names. */
export async function reportCreated(
  { io, output }: Invocation,
  data: Readonly<Record<string, unknown>>,
  rows: readonly CreatedRow[],
  wanted: Wanted,
): Promise<readonly string[]> {
  const leftOut = leftOutOf(wanted, rows);
  await output.result({ ...data, secrets: rows, left_out: leftOut }, () =>
    table(
      ['SECRET', 'ORIGIN', 'FINGERPRINT'],
      rows.map(({ name, origin, fingerprint: print }) => [name, origin, print ?? '-']),
      shapeOf(io.stdout),
    ),
  );
  for (const name of leftOut) {
    const why = wanted.demanded.includes(name) ? 'the server does not start without it' : 'read where it is there';
    output.warn(`${name} is left out (${why}): give it with --from-file ${name}=path, --from-env or --from-stdin`);
  }
  return leftOut;
}

/** Says, where something is left out, which check passes with what was written. @param source as `secrets check` takes it, with its options */
export function talkOfCheck(
  invocation: Invocation,
  source: string,
  { demanded }: Wanted,
  leftOut: readonly string[],
): void {
  if (leftOut.length === 0) return;
  const config = optionText(invocation, 'config');
  const check = `chatbox secrets check ${source}`;
  const missing = leftOut.filter((name) => demanded.includes(name));
  const given = config === undefined ? check : `${check} --config ${config}`;
  const also =
    config === undefined ? `; without, if a config file says that it is not needed: \`${check} --config FILE\`` : '';
  invocation.output.talk(
    missing.length === 0
      ? `\`${given}\` passes without ${leftOut.join(', ')}`
      : `\`${given}\` passes once ${missing.join(', ')} is there${also}`,
  );
}

function leftOutOf(wanted: Wanted, rows: readonly CreatedRow[]): readonly string[] {
  return stillWanted(wanted, (name) => rows.some((row) => row.name === name));
}
