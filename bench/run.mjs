// `npm run bench`: the goals of docs/performance.md, each against its peer in the same run. Prints the table; exits 1 when a floor is missed, 2 for a wrong option.
import { parseArgs } from 'node:util';
import { endAll, isPinned } from './lib/processes.mjs';
import { createProfiler } from './lib/profiler.mjs';
import { formatTable } from './lib/table.mjs';

const goals = {
  echo: () => import('./goals/echo.mjs'),
  fanout: () => import('./goals/fanout.mjs'),
  memory: () => import('./goals/memory.mjs'),
  relay: () => import('./goals/relay.mjs'),
  append: () => import('./goals/append.mjs'),
  latency: () => import('./goals/latency.mjs'),
  start: () => import('./goals/start.mjs'),
  turns: () => import('./goals/turns.mjs'),
  takeover: () => import('./goals/takeover.mjs'),
  screen: () => import('./goals/screen.mjs'),
  render: () => import('./goals/render.mjs'),
};
/** Goals of the store alone, `npm run bench:store`. */
const storeGoals = {
  listing: () => import('./goals/listing.mjs'),
  sealing: () => import('./goals/sealing.mjs'),
  mongodb: () => import('./goals/mongodb.mjs'),
};
const all = { ...goals, ...storeGoals };
const names = Object.keys(all);

const usage = `usage: npm run bench -- [goal …] [options]

goals: ${Object.keys(goals).join(', ')} (default: all of these)
       ${Object.keys(storeGoals).join(', ')} (of the store: npm run bench:store)

  --pairs N   interleaved pairs of each comparison (default 5, quick 3)
  --quick     shorter runs and fewer sockets: for a look, not for a record
  --json      the rows as JSON on stdout
  --profile   writes a CPU profile of the server under load, and prints where its time goes
  --verbose   what each single run showed
  --store     the goals of the store
  --sessions N  sessions of the lists (default 1,000,000 in SQLite, 100,000 in MongoDB)
  --mongo URI   a MongoDB server to measure on (default CHATBOX_TEST_MONGO_URI)`;

function chosenOf(isStore, positionals) {
  if (positionals.length > 0) return positionals;
  return Object.keys(isStore ? storeGoals : goals);
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        pairs: { type: 'string' },
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        profile: { type: 'boolean', default: false },
        verbose: { type: 'boolean', default: false },
        store: { type: 'boolean', default: false },
        sessions: { type: 'string' },
        mongo: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    const unknown = positionals.filter((name) => !names.includes(name));
    if (unknown.length > 0) throw new Error(`no goal is named ${unknown.join(', ')}`);
    const pairs = values.pairs === undefined ? (values.quick ? 3 : 5) : Number(values.pairs);
    if (!Number.isInteger(pairs) || pairs < 1 || pairs > 100) throw new Error('--pairs takes a number from 1 to 100');
    const sessions = values.sessions === undefined ? undefined : Number(values.sessions);
    if (sessions !== undefined && !(Number.isInteger(sessions) && sessions > 0 && sessions <= 10_000_000))
      throw new Error('--sessions takes a number from 1 to 10000000');
    return { ...values, sessions, pairs, chosen: chosenOf(values.store, positionals) };
  } catch (error) {
    return { problem: error.message };
  }
}

async function main() {
  const given = readArguments();
  if (given.problem !== undefined || given.help) {
    console.error(given.problem === undefined ? usage : `${given.problem}\n\n${usage}`);
    return given.help ? 0 : 2;
  }
  const say = (text) => process.stderr.write(`${text}\n`);
  const bench = {
    pairs: given.pairs,
    isQuick: given.quick,
    ...(given.sessions === undefined ? {} : { sessions: given.sessions }),
    mongo: given.mongo ?? process.env.CHATBOX_TEST_MONGO_URI,
    times: given.quick ? { warmupMs: 300, durationMs: 1_000 } : { warmupMs: 1_000, durationMs: 3_000 },
    progress: (text) => say(`  ${text}`),
    detail: given.verbose ? (text) => say(`    ${text}`) : () => undefined,
    profiled: createProfiler(given.profile, say),
  };
  say(
    `Node ${process.version}, ${isPinned ? 'server on core 0, load on core 1' : 'not pinned to cores'}, ${given.pairs} pairs`,
  );
  const rows = [];
  for (const name of given.chosen) {
    say(`${name}:`);
    const { run } = await all[name]();
    rows.push(...(await run(bench)));
  }
  console.log(given.json ? JSON.stringify(rows, null, 2) : formatTable(rows));
  return rows.every((line) => line.holdsFloor) ? 0 : 1;
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    endAll();
    process.exit(130);
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.stack : error);
  process.exitCode = 1;
} finally {
  endAll();
}
