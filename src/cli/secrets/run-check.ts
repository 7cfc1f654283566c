// Station: cli/secrets. Runs `chatbox secrets check`.
import { describeProblem, type Problem } from '../../server/config/problem.js';
import { readNamed } from '../../server/config/read-env.js';
import { type Invocation, optionText } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { shapeOf, table } from '../output/table.js';
import { configReadings } from './config-readings.js';
import { fingerprint } from './fingerprint.js';
import { judge } from './judge.js';
import { openSource } from './open-source.js';
import type { SetReading } from './read-set.js';
import { misspeltSecret, secretEntry, wantedBy } from './wanted.js';

/** Names everything that is wrong with a set of secrets, each with its fix (exit 3), or lists what is in it (exit 0). */
export async function checkSecrets(invocation: Invocation): Promise<number> {
  const { io, args, output } = invocation;
  const label = args[0] ?? '';
  const source = await openSource(invocation, label, ['get']);
  const set = await source.read();
  const config = await configReadings(invocation);
  const { demanded } = wantedBy([readNamed('credentials', set.values), ...config]);
  const problems = [...set.problems, ...judge(set.values), ...strayBreaks(set), ...missing(set, demanded, label)];
  const secrets = set.values
    .filter(({ name }) => secretEntry(name) !== undefined)
    .map(({ name, raw }) => ({ name, fingerprint: fingerprint(name, raw) }));
  for (const { name, source } of set.values) {
    const meant = misspeltSecret(name);
    if (meant !== null) output.warn(`${source}: is not read; did you mean ${meant}?`);
  }
  const ok = problems.length === 0;
  await output.result(
    { ok, kind: set.kind, config: optionText(invocation, 'config') ?? null, problems, secrets },
    () =>
      ok
        ? table(
            ['SECRET', 'FINGERPRINT'],
            secrets.map((each) => [each.name, each.fingerprint]),
            shapeOf(io.stdout),
          )
        : problems.map((problem) => `${describeProblem(problem)}\n`).join(''),
  );
  if (!ok) output.talk(`\n${problems.length === 1 ? 'One problem' : `${problems.length} problems`}.`);
  return ok ? exitCodes.ok : exitCodes.config;
}

/** One line break at the end the server forgives in a file; whoever else reads the same Secret (the service that signs tokens) may not. */
function strayBreaks({ kind, values }: SetReading): readonly Problem[] {
  if (kind === 'env') return [];
  return values
    .filter(
      ({ name, raw }) =>
        secretEntry(name) !== undefined &&
        raw.endsWith('\n') &&
        judge([{ name, raw, source: '' }]).every(({ message }) => !message.includes('line break')),
    )
    .map(({ source }) => ({ source, message: 'ends with a line break', fix: 'write it without: printf %s, not echo' }));
}

function missing(set: SetReading, demanded: readonly string[], label: string): readonly Problem[] {
  const there = new Set([...set.values.filter(({ raw }) => raw !== '').map(({ name }) => name)]);
  // What could not be decoded is there, and is named already.
  const isNamed = (name: string) => set.problems.some(({ source }) => source.endsWith(name));
  return demanded
    .filter((name) => !there.has(name) && !isNamed(name))
    .map((name) => ({
      source: label,
      message: `${name} is missing, and the server does not start without it`,
      fix:
        secretEntry(name)?.field.generate === null
          ? `add ${name}, or name with --config the file that says it is not needed`
          : `add the ${name} that \`chatbox secrets create\` makes`,
    }));
}
