// Station: cli/doctor. Runs `chatbox doctor`: every check with what was found, why it matters, how to mend it and how long it took.
import { systemClock } from '../../common/clock.js';
import { nearest } from '../../common/nearest.js';
import { describeProblem } from '../../server/config/problem.js';
import { type Invocation, optionList, optionText } from '../command.js';
import { loadFor } from '../config-options.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { shapeOf, table } from '../output/table.js';
import type { Diagnosis, DoctorCheck } from './check.js';
import { allowedOriginsCheck } from './checks/allowed-origins-check.js';
import { handshakeCheck } from './checks/handshake-check.js';
import { healthCheck } from './checks/health-check.js';
import { jwksCheck } from './checks/jwks-check.js';
import { keyringCheck } from './checks/keyring-check.js';
import { modelsCheck } from './checks/models-check.js';
import { nodeCheck } from './checks/node-check.js';
import { configOriginCheck } from './checks/origin-check.js';
import { portsCheck } from './checks/ports-check.js';
import { secretsCheck } from './checks/secrets-check.js';
import { storeCheck } from './checks/store-check.js';
import { runCheck } from './run-check.js';

const checks: readonly DoctorCheck[] = [
  nodeCheck,
  configOriginCheck,
  secretsCheck,
  keyringCheck,
  storeCheck,
  modelsCheck,
  jwksCheck,
  allowedOriginsCheck,
  portsCheck,
  handshakeCheck,
  healthCheck,
];

/** Prints every finding. Exit 1 when something failed, 3 when the configuration is broken, so that nothing else could be looked at. */
export async function runDoctor(invocation: Invocation): Promise<number> {
  const chosen = chosenChecks(optionList(invocation, 'only'));
  const timeoutMs = timeoutOf(invocation);
  const startedAt = systemClock.monotonic();
  const load = await loadFor(invocation, invocation.options.dev === true ? 'dev' : 'production');
  const tookMs = Math.round(systemClock.monotonic() - startedAt);
  if (!load.ok) {
    const problems = load.problems.map(
      (problem): Diagnosis => ({
        name: configOriginCheck.name,
        state: 'failed',
        found: describeProblem(problem),
        why: 'a server with this configuration does not start, so nothing else was looked at',
        fix: 'mend it, then look with `chatbox config check`',
        tookMs,
      }),
    );
    await show(invocation, problems);
    return exitCodes.config;
  }
  const found = await Promise.all(chosen.map((check) => runCheck(check, load, invocation, timeoutMs)));
  const diagnoses = found.flat();
  await show(invocation, diagnoses);
  if (invocation.io.signal.aborted) return exitCodes.interrupted;
  return diagnoses.some(({ state }) => state === 'failed') ? exitCodes.failure : exitCodes.ok;
}

function chosenChecks(only: readonly string[]): readonly DoctorCheck[] {
  const names = checks.map(({ name }) => name);
  for (const name of only) {
    if (names.includes(name)) continue;
    const meant = nearest(name, names);
    throw new CliError(
      exitCodes.usage,
      `there is no check ${JSON.stringify(name)}`,
      meant === null ? `there are: ${names.join(', ')}` : `did you mean ${meant}?`,
    );
  }
  return checks.filter(({ name, isOnDemand }) => (only.length === 0 ? isOnDemand !== true : only.includes(name)));
}

function timeoutOf(invocation: Invocation): number {
  const given = optionText(invocation, 'timeout') ?? '';
  const seconds = /^\d{1,3}(\.\d{1,3})?$/.test(given) ? Number(given) : 0;
  if (seconds > 0) return seconds * 1_000;
  throw new CliError(
    exitCodes.usage,
    '--timeout must be a number of seconds above 0, at most 999',
    'write --timeout 10',
  );
}

async function show({ io, output }: Invocation, diagnoses: readonly Diagnosis[]): Promise<void> {
  await output.result({ ok: diagnoses.every(({ state }) => state !== 'failed'), findings: diagnoses }, () => {
    const rows = diagnoses.map(({ name, state, found, tookMs }) => [state, name, `${tookMs} ms`, found]);
    const list = table(['STATE', 'CHECK', 'TOOK', 'FOUND'], rows, shapeOf(io.stdout));
    const mends = diagnoses.flatMap(({ name, why, fix }) =>
      fix === null ? [] : [`  ${name}: ${fix}\n    because ${why}\n`],
    );
    return mends.length === 0 ? list : `${list}\nTo mend:\n${[...new Set(mends)].join('')}`;
  });
}
