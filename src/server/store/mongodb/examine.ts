// Station: store/mongodb. What the doctor asks of a database: reached, written to, its indexes, what is left to import, its clock. Called by adapters.
import { splitAdvice } from '../../../common/advice.js';
import type { Clock } from '../../../common/clock.js';
import type { Finding, Verdict } from '../../ports/finding.js';
import { type Connected, connect, type MongoSettings } from './connect.js';
import { MongoConnectError, namesUser } from './connect-failure.js';
import { documentVersion } from './documents.js';
import { translate } from './failure.js';
import { missingIndexes } from './prepare.js';

const maxSkewMs = 2_000;

type Check = (connected: Connected) => Promise<Verdict>;

/** Everything that is looked at once there is a connection, by name. */
const checks: Readonly<Record<string, Check>> = {
  'store server': async ({ database: { facts } }) => ok(facts.name),
  'store write': async ({ database: { pulse } }) => {
    await pulse.updateOne({ _id: 'pulse' }, { $inc: { beats: 1 } }, { upsert: true });
    return ok('a write was confirmed');
  },
  'store indexes': async ({ database }) => {
    const missing = (await missingIndexes(database)).map(({ collection, name }) => `${collection}.${name}`);
    if (missing.length === 0) return ok('every declared index is there');
    return {
      state: 'failed',
      found: `missing: ${missing.join(', ')}; lists and sweeps read whole collections without them`,
      fix: 'start a server: it makes them in the background, and says index_made in its log',
    };
  },
  'store import': async ({ database: { sessions } }) => {
    const left = await sessions.countDocuments({ v: { $exists: false } });
    if (left === 0) return ok('nothing is left to import');
    return {
      state: 'warning',
      found: `${left} sessions of the reference are not imported; nobody sees them`,
      fix: 'chatbox import',
    };
  },
  'store deletes': async ({ database: { sessions } }) => {
    const left = await sessions.countDocuments({ v: { $exists: true, $ne: documentVersion } });
    if (left === 0) return ok('no delete is unfinished');
    return {
      state: 'warning',
      found: `${left} deleted sessions are not removed yet`,
      fix: 'start a server: it finishes them',
    };
  },
  'store clock': async ({ database: { facts } }) => {
    const skewMs = Math.round(facts.clockSkewMs);
    if (Math.abs(skewMs) <= maxSkewMs) return ok(`${skewMs} ms apart from this machine's`);
    return {
      state: 'warning',
      found: `${skewMs} ms apart from this machine's; leases are held by these clocks`,
      fix: 'let NTP keep both',
    };
  },
};

/** Examines the database. A check that fails does not keep the others from running; without a connection that is all that is found. */
export async function examineMongo(settings: MongoSettings, clock: Clock): Promise<readonly Finding[]> {
  const findings: Finding[] = [await timed('store credentials', clock, async () => credentials(settings.uri))];
  let connected: Connected | null = null;
  findings.push(
    await timed('store connection', clock, async () => {
      connected = await connect(settings, clock);
      return ok('reached');
    }),
  );
  const reached = connected as Connected | null;
  if (reached === null) return findings;
  try {
    for (const [name, check] of Object.entries(checks)) {
      findings.push(await timed(name, clock, () => check(reached)));
    }
  } finally {
    await reached.client.close();
  }
  return findings;
}

/** Finding M1: a database that lets everybody in is seldom meant. */
function credentials(uri: string): Verdict {
  if (namesUser(uri)) return ok('MONGO_URI names a user');
  return {
    state: 'warning',
    found: 'MONGO_URI names no user: whoever reaches the database can read it',
    fix: 'make a user for chatbox in MongoDB, and put user and password into MONGO_URI',
  };
}

async function timed(name: string, clock: Clock, check: () => Promise<Verdict>): Promise<Finding> {
  const startedAt = clock.monotonic();
  let verdict: Verdict;
  try {
    verdict = await check();
  } catch (error) {
    verdict = { state: 'failed', ...mending(error) };
  }
  return { name, ...verdict, tookMs: Math.round(clock.monotonic() - startedAt) };
}

function mending(error: unknown): { readonly found: string; readonly fix: string } {
  if (error instanceof MongoConnectError) return { found: error.message, fix: error.fix };
  const { what, fix } = splitAdvice(translate(error, 'read').message);
  return { found: what, fix: fix ?? 'look at the log of the database, and at the network between' };
}

function ok(found: string): Verdict {
  return { state: 'ok', found, fix: null };
}
