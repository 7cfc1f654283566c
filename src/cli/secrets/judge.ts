// Station: cli/secrets. Holds values against the server's own schema: what its loader would refuse is named here, each with its fix. Called by create and check.
import { catalog, providerCatalog } from '../../server/config/catalog.js';
import type { Problem } from '../../server/config/problem.js';
import { type NamedValue, readNamed } from '../../server/config/read-env.js';
import { resolveSettings } from '../../server/config/resolve.js';

const mongoScheme = /^mongodb(?:\+srv)?:\/\/[^/]/;

/** What is wrong with the secrets among `values`. Never quotes one. Values of other settings are not looked at. */
export function judge(values: readonly NamedValue[]): readonly Problem[] {
  const reading = readNamed('credentials', values);
  const slots = new Set(values.flatMap(({ name }) => /^LLM_PROVIDER_(\d{1,2})_/.exec(name)?.[1] ?? []));
  const entries = [...catalog, ...[...slots].flatMap((slot) => providerCatalog(Number(slot)))].filter(
    ({ field }) => field.secret,
  );
  const problems: Problem[] = [...reading.problems];
  for (const entry of entries) {
    const found: Problem[] = [];
    // As production sees it, by the function that the server itself loads with (H4).
    const settings = resolveSettings([entry], [reading], 'production', found);
    const name = entry.env[0] ?? entry.fileKey;
    problems.push(
      ...found.map((problem) => ({ ...problem, fix: fixOf(name, entry.field.generate !== null, problem) })),
    );
    const given = reading.given.get(entry.fileKey);
    const isGood = given !== undefined && settings.has(entry.fileKey);
    if (isGood && entry.fileKey === 'store.mongoUri' && !mongoScheme.test(String(given.raw)))
      problems.push({
        source: given.source,
        message: 'is no connection string',
        fix: 'write it like mongodb://user:password@host/database, with mongodb:// or mongodb+srv://',
      });
  }
  return problems.map((problem) => ({ ...problem, fix: problem.fix ?? 'correct the name, or remove it' }));
}

function fixOf(name: string, isGenerated: boolean, { message, fix }: Problem): string {
  if (message.includes('line break')) return 'write it without: printf %s, not echo';
  if (message.includes('placeholder')) return fix ?? `put the real value of ${name} there, or remove it`;
  if (message.endsWith('twice')) return 'give every key an id of its own, or remove one of the two';
  if (name === 'JWT_KEYS') return 'let `chatbox secrets rotate jwt` make it, or write id:base64 of 32 random bytes';
  if (isGenerated) return `take one that \`chatbox secrets create\` makes as ${name}`;
  return fix ?? `put the right value of ${name} there`;
}
