// Station: cli/keys. Runs `chatbox keys rotate`: seals everything anew with the active key, scans, retires what is used no more, and says what comes next.
import { systemClock } from '../../common/clock.js';
import type { KeyUse, KeyWork } from '../../server/ports/keys.js';
import { type Invocation, optionText } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { createProgress } from '../output/progress.js';
import { afterRetiring, beforeResealing, beforeRetiring, type Step } from './key-steps.js';
import { keyRows, keyTable, scanned, withKeyWork } from './key-table.js';

const maxRate = 1_000_000;
/** What changes in the moment in which it is sealed anew is left to the next pass; a few are enough under any load. */
const maxPasses = 5;

interface Done {
  readonly activeId: string;
  readonly step: Step;
  readonly rewritten: number;
  readonly unreadable: number;
  readonly retired: readonly string[];
  readonly use: KeyUse | null;
}

/**
 * Exit 0: done, or the next step is a person's and may be done; 1: something does not open and stays as it is; 6: running servers stand in the way;
 * 130: stopped, and the next run goes on from there.
 */
export async function rotateKeys(invocation: Invocation): Promise<number> {
  const recordsPerSecond = rateOf(invocation);
  return withKeyWork(invocation, async (work) => {
    const done = await rotate(invocation, work, recordsPerSecond);
    if (done === null) {
      invocation.output.talk('Stopped. The next run goes on from here.');
      return exitCodes.interrupted;
    }
    await print(invocation, work, done);
    if (done.step.isRefused) return exitCodes.conflict;
    return done.unreadable > 0 ? exitCodes.failure : exitCodes.ok;
  });
}

/** Null when it was stopped. */
async function rotate(invocation: Invocation, work: KeyWork, recordsPerSecond: number): Promise<Done | null> {
  const { activeId } = work;
  if (activeId === null) {
    throw new CliError(
      exitCodes.config,
      'there is no active key, so nothing can be sealed with it',
      'give ENCRYPTION_KEYS as the servers have it, and no ENCRYPTION=off',
    );
  }
  const nothing = { activeId, rewritten: 0, unreadable: 0, retired: [], use: null };
  const before = beforeResealing(activeId, await work.standings(), await work.servers());
  if (before !== null) return { ...nothing, step: before };
  if (invocation.options.dryRun === true) {
    const use = await scanned(invocation, work, 'counting');
    if (!use.isWhole) return null;
    const left = leftOver(use, activeId);
    const next =
      left === 0
        ? 'nothing is left to be sealed anew'
        : `${left} values are to be sealed anew: run this without --dry-run`;
    return { ...nothing, use, step: { step: 'again', next, isRefused: false } };
  }
  return resealAndRetire(invocation, work, { activeId, recordsPerSecond });
}

async function resealAndRetire(
  invocation: Invocation,
  work: KeyWork,
  { activeId, recordsPerSecond }: { readonly activeId: string; readonly recordsPerSecond: number },
): Promise<Done | null> {
  let rewritten = 0;
  let unreadable = 0;
  let use: KeyUse | null = null;
  for (let pass = 0; pass < maxPasses; pass += 1) {
    const run = await resealed(invocation, work, recordsPerSecond);
    rewritten += run.rewritten;
    unreadable = run.unreadable;
    if (!run.isWhole) return null;
    use = await scanned(invocation, work, 'checking');
    if (!use.isWhole) return null;
    // A run that began in the middle, where one before it was ended, has not seen what was written behind it since.
    if (leftOver(use, activeId) === 0 || (run.rewritten === 0 && run.missed === 0 && run.read >= use.records)) break;
  }
  const sum = { activeId, rewritten, unreadable, use };
  if (use === null || leftOver(use, activeId) > 0) return { ...sum, retired: [], step: notThrough(unreadable) };
  const behind = beforeRetiring(activeId, await work.servers());
  if (behind !== null) return { ...sum, retired: [], step: behind };
  const others = (await work.standings()).filter(({ id, retiredAt }) => id !== activeId && retiredAt === null);
  for (const { id } of others) await work.retire(id);
  const retired = others.map(({ id }) => id);
  return { ...sum, retired, step: afterRetiring(activeId, await work.standings(), retired) };
}

async function resealed(invocation: Invocation, work: KeyWork, recordsPerSecond: number) {
  const progress = createProgress(invocation, 'sealing anew', () => systemClock.monotonic());
  try {
    return await work.reencrypt({
      recordsPerSecond,
      onProgress: progress.update,
      isStopped: () => invocation.io.signal.aborted,
    });
  } finally {
    progress.end();
  }
}

function notThrough(unreadable: number): Step {
  if (unreadable === 0) {
    return {
      step: 'again',
      next: 'something is still sealed with another key, because it changed meanwhile: run this again',
      isRefused: false,
    };
  }
  return {
    step: 'repair',
    next: `${unreadable} records do not open with any key here and are as they were; give ENCRYPTION_KEYS the keys that the table names, and run this again. What is damaged stays unreadable, and keeps its key from being retired`,
    isRefused: false,
  };
}

/** Values that are not sealed with the active key. */
function leftOver({ sealed, plain }: KeyUse, activeId: string): number {
  return [...sealed].reduce((sum, [id, count]) => (id === activeId ? sum : sum + count), plain);
}

async function print(invocation: Invocation, work: KeyWork, done: Done): Promise<void> {
  const [keys, servers] = [await work.standings(), await work.servers()];
  const rows = keyRows(keys, servers, done.use);
  const { activeId, rewritten, unreadable, retired, use, step } = done;
  const data = {
    active: activeId,
    step: step.step,
    next: step.next,
    rewritten,
    unreadable,
    retired,
    ...(use === null ? {} : { records: use.records, plain: use.plain }),
    keys: rows,
    servers: servers.length,
  };
  await invocation.output.result(data, () => {
    const did = use === null ? '' : `sealed ${rewritten} records anew, of ${use.records}\n`;
    const gone = retired.length === 0 ? '' : `retired ${retired.join(', ')}: a scan of everything found no use of it\n`;
    return `${keyTable(rows, servers.length, invocation.io.stdout)}${did}${gone}next: ${step.next}\n`;
  });
}

function rateOf(invocation: Invocation): number {
  const text = optionText(invocation, 'rate') ?? '';
  const rate = /^[0-9]{1,7}$/.test(text) ? Number(text) : 0;
  if (rate >= 1 && rate <= maxRate) return rate;
  throw new CliError(exitCodes.usage, `--rate must be a whole number from 1 to ${maxRate}`, 'for example --rate 2000');
}
