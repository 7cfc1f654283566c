// Station: cli/import. Runs `chatbox import`: one session after another, with progress on a terminal and a report of what could not be read.
import { systemClock } from '../../common/clock.js';
import { systemRandom } from '../../common/random.js';
import type { Imported } from '../../server/ports/import.js';
import type { Invocation } from '../command.js';
import { loadOrFail } from '../config-options.js';
import { exitCodes } from '../exit-codes.js';
import { explained } from '../store/store-failure.js';

/** At most so many sessions that could not be read are named. */
const maxNamed = 1_000;
const progressEvery = 100;

interface Report {
  imported: number;
  messages: number;
  skipped_messages: number;
  unread: number;
  unread_sessions: { session_id: string; why: string }[];
}

/** Prints the report. Exit 1 when something could not be read; what could is imported all the same. */
export async function runImport(invocation: Invocation): Promise<number> {
  const report: Report = { imported: 0, messages: 0, skipped_messages: 0, unread: 0, unread_sessions: [] };
  try {
    await importAll(invocation, report);
  } catch (cause) {
    throw explained(cause);
  }
  await invocation.output.result(report, () => describe(report));
  if (invocation.io.signal.aborted) return exitCodes.interrupted;
  return report.unread === 0 ? exitCodes.ok : exitCodes.failure;
}

async function importAll(invocation: Invocation, report: Report): Promise<void> {
  // As --dev sees it: this needs a store and its keys, not a key for tokens or a model.
  const { config } = await loadOrFail(invocation, 'dev');
  const { openImport } = await import('../../server/adapters.js');
  const keepDoubtful = invocation.options.keepDoubtful === true;
  const importer = await openImport(config, { clock: systemClock, random: systemRandom, keepDoubtful });
  try {
    const total = await importer.remaining();
    let done = 0;
    await importer.run(
      (result) => {
        done += 1;
        note(report, result);
        if (invocation.io.stderr.isTTY === true && (done % progressEvery === 0 || done === total))
          invocation.output.talk(`${done} of ${total} sessions`);
      },
      () => invocation.io.signal.aborted,
    );
  } finally {
    await importer.close();
  }
}

function note(report: Report, result: Imported): void {
  if (result.kind === 'imported') {
    report.imported += 1;
    report.messages += result.messages;
    report.skipped_messages += result.skipped;
    return;
  }
  report.unread += 1;
  if (report.unread_sessions.length < maxNamed)
    report.unread_sessions.push({ session_id: result.sessionId, why: result.why });
}

function describe({ imported, messages, skipped_messages, unread, unread_sessions }: Report): string {
  const lines = unread_sessions.map(({ session_id, why }) => `  ${session_id}: ${why}\n`).join('');
  const left = unread === 0 ? '' : `${unread} could not be read and are as they were:\n${lines}`;
  const skipped = skipped_messages === 0 ? '' : `, ${skipped_messages} messages of no known sender left out`;
  return `imported ${imported} sessions with ${messages} messages${skipped}\n${left}`;
}
