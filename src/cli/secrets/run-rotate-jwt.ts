// Station: cli/secrets. Runs `chatbox secrets rotate jwt`: one step from a key of tokens to the next, in a set of secrets. Called by run-rotate.
import { systemClock } from '../../common/clock.js';
import { systemRandom } from '../../common/random.js';
import {
  generateJwtKeys,
  jwtKeys,
  type ListedJwtKey,
  listJwtKeys,
  writeJwtKeys,
} from '../../server/config/jwt-keys.js';
import { duration, instant } from '../../server/config/parsers.js';
import type { RunningServer } from '../../server/ports/keys.js';
import { type Invocation, optionText } from '../command.js';
import { loadOrFail } from '../config-options.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { withKeyWork } from '../keys/key-table.js';
import { isStoreNamed } from '../keys/store-meant.js';
import { type TokenFacts, type TokenKey, takeTokenStep } from './jwt-rotation.js';
import { oneSecret } from './one-secret.js';
import { openSource } from './open-source.js';
import type { SetReading } from './read-set.js';
import { type RotationStep, rotationSteps } from './rotation.js';
import { withDataOf } from './with-data-of.js';

const listName = 'JWT_KEYS';
const secretName = 'JWT_SECRET';
/** Under which a JWT_SECRET goes into the list. */
const secretId = 'k0';
const longestMs = 3_660 * 86_400_000;

/** Takes the step; exit 6 with what stands in its way. The list, with its notes, is all the state there is. */
export async function rotateTokenKeys(invocation: Invocation): Promise<number> {
  const { io, options } = invocation;
  const step = rotationSteps.find((each) => each === optionText(invocation, 'step')) ?? 'add';
  const asked = readAsked(invocation, step);
  const label = optionText(invocation, 'source') ?? '';
  const source = await openSource(invocation, label, ['get', 'patch']);
  const set = await source.read();
  const secret = oneSecret(set, secretName, label);
  const keys = readKeys(set, secret, label);
  const servers = step === 'add' ? null : await runningServers(invocation, set);
  const result = takeTokenStep(step, keys, { ...asked, servers });
  if (!result.ok) throw new CliError(exitCodes.conflict, `${step}: ${result.why}; ${label} is as it was`, result.fix);
  const list = written(result.keys, keys, label);
  const isChanged = result.keys !== keys;
  const isDry = options.dryRun === true;
  const left = keys.filter(({ id }) => !result.keys.some((key) => key.id === id));
  const isSecretLeft =
    secret !== null && left.some(({ text }) => Buffer.from(text, 'base64').equals(Buffer.from(secret)));
  if (io.signal.aborted) throw new CliError(exitCodes.interrupted, `interrupted; ${label} is as it was`);
  if (isChanged && !isDry) {
    // First the one that the list still covers: who is killed in between leaves a list that says what is to be done.
    if (isSecretLeft) await source.write(secretName, null);
    await source.write(listName, list);
  }
  const ids = result.keys.map(({ id }) => id);
  await report(invocation, { step, ids, isChanged, isSecretLeft, next: result.next });
  return exitCodes.ok;
}

interface Taken {
  readonly step: RotationStep;
  readonly ids: readonly string[];
  readonly isChanged: boolean;
  /** Whether JWT_SECRET went with its key. */
  readonly isSecretLeft: boolean;
  readonly next: string;
}

async function report(
  { options, output }: Invocation,
  { step, ids, isChanged, isSecretLeft, next }: Taken,
): Promise<void> {
  const isDry = options.dryRun === true;
  const removed = isSecretLeft ? [secretName] : [];
  const data = { step, changed: isChanged && !isDry, dry_run: isDry, keys: ids, removed, next };
  await output.result(data, () => {
    const what = !isChanged ? 'nothing to change' : isDry ? 'would become' : 'is now';
    const gone = isSecretLeft ? `${secretName} ${isDry ? 'would be' : 'is'} removed\n` : '';
    return `${listName} ${what}: ${ids.join(', ')}\n${gone}next: ${next}\n`;
  });
}

function readAsked(invocation: Invocation, step: RotationStep): Omit<TokenFacts, 'servers'> {
  const lifetime = optionText(invocation, 'tokenLifetime');
  if (step === 'retire' && lifetime === undefined)
    throw new CliError(
      exitCodes.usage,
      '--token-lifetime is missing: until the last token of the old key has run out it must be checked with that key',
      'say how long the longest-lived token is good, by whomever it is signed: --token-lifetime 8h',
    );
  const length = duration(0, longestMs).parse(lifetime ?? '0');
  if (!length.ok) throw new CliError(exitCodes.usage, `--token-lifetime: ${length.reason}`, 'write it like 30m or 8h');
  const text = optionText(invocation, 'since');
  const since = text === undefined ? null : instant.parse(text);
  if (since?.ok === false) throw new CliError(exitCodes.usage, `--since: ${since.reason}`);
  return { nowMs: systemClock.now(), lifetimeMs: length.value, sinceMs: since?.value ?? null };
}

/** The servers that run, as they say in the store; null, with a warning, where no store is named or nobody shall be asked. */
async function runningServers(invocation: Invocation, set: SetReading): Promise<readonly RunningServer[] | null> {
  const inner = withDataOf(set, invocation);
  const isSkipped = invocation.options.skipServers === true;
  const loaded = isSkipped ? null : await loadOrFail(inner, 'dev');
  if (loaded !== null && isStoreNamed(loaded)) return await withKeyWork(inner, (work) => work.servers());
  const why = isSkipped ? '--skip-servers' : 'no store is named';
  invocation.output.warn(`${why}: whether each running server knows the key is for you to make sure`);
  return null;
}

/** The list, or the one that a lone JWT_SECRET stands for. @throws CliError (config) */
function readKeys(set: SetReading, secret: string | null, label: string): readonly [ListedJwtKey, ...ListedJwtKey[]] {
  const raw = oneSecret(set, listName, label);
  const lone = secret === null ? [] : [{ id: secretId, text: base64Of(secret), signedUntilMs: null }];
  const [first, ...others] = raw === null ? lone : listJwtKeys(raw);
  if (first === undefined)
    throw new CliError(
      exitCodes.config,
      `${label} has neither ${listName} nor ${secretName}`,
      `name the set that has it; with a JWKS_URL the keys are rotated by whoever publishes them`,
    );
  return [first, ...others];
}

/** The list as a value: keys that were there with their bytes, one that was not generated. @throws CliError (conflict) where no server would take it */
function written(keys: readonly TokenKey[], known: readonly ListedJwtKey[], label: string): string {
  const made = () => listJwtKeys(generateJwtKeys(systemRandom))[0]?.text ?? '';
  const list = writeJwtKeys(
    keys.map((key) => ({ ...key, text: known.find(({ id }) => id === key.id)?.text ?? made() })),
  );
  const parsed = jwtKeys.parse(list);
  if (parsed.ok) return list;
  throw new CliError(
    exitCodes.conflict,
    `${listName} would not be taken: it ${parsed.reason}; ${label} is as it was`,
    `look with \`chatbox secrets check ${label}\``,
  );
}

const base64Of = (secret: string): string => Buffer.from(secret).toString('base64');
