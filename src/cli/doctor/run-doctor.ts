// Station: cli/doctor. Runs `chatbox doctor`: every check with what was found, how to mend it and how long it took.
import { systemClock } from '../../common/clock.js';
import { describeProblem } from '../../server/config/problem.js';
import type { Finding } from '../../server/ports/finding.js';
import type { Invocation } from '../command.js';
import { loadFor } from '../config-options.js';
import { exitCodes } from '../exit-codes.js';
import { shapeOf, table } from '../output/table.js';

/** Prints every finding. Exit 1 when something failed, 3 when the configuration is broken, so that nothing else could be looked at. */
export async function runDoctor(invocation: Invocation): Promise<number> {
  const startedAt = systemClock.monotonic();
  const load = await loadFor(invocation, invocation.options.dev === true ? 'dev' : 'production');
  const tookMs = Math.round(systemClock.monotonic() - startedAt);
  const node: Finding = { name: 'node', state: 'ok', found: process.version, fix: null, tookMs: 0 };
  if (!load.ok) {
    const findings = load.problems.map(
      (problem): Finding => ({
        name: 'configuration',
        state: 'failed',
        found: describeProblem(problem),
        fix: 'mend it, then look with `chatbox config check`',
        tookMs,
      }),
    );
    await show(invocation, [node, ...findings]);
    return exitCodes.config;
  }
  const configuration: Finding = { name: 'configuration', state: 'ok', found: 'good', fix: null, tookMs };
  const { examineStore } = await import('../../server/adapters.js');
  const findings = [node, configuration, ...(await examineStore(load.config, systemClock))];
  await show(invocation, findings);
  return findings.some(({ state }) => state === 'failed') ? exitCodes.failure : exitCodes.ok;
}

async function show({ io, output }: Invocation, findings: readonly Finding[]): Promise<void> {
  await output.result({ ok: findings.every(({ state }) => state !== 'failed'), findings }, () => {
    const rows = findings.map(({ name, state, found, tookMs }) => [state, name, `${tookMs} ms`, found]);
    const mends = findings.flatMap(({ name, fix }) => (fix === null ? [] : [`${name}: ${fix}\n`]));
    const list = table(['STATE', 'CHECK', 'TOOK', 'FOUND'], rows, shapeOf(io.stdout));
    return mends.length === 0 ? list : `${list}\nTo mend:\n${[...new Set(mends)].map((mend) => `  ${mend}`).join('')}`;
  });
}
