// Appends on MongoDB through the whole adapter, projection included, against the driver's own insertOne with the same write concern; and lists against a bare find.
import { onStage } from '../lib/stage.mjs';
import { rounds, turnsPerPair } from '../lib/stats.mjs';
import { row } from '../lib/table.mjs';

const sorts = ['start_time', 'last_activity', 'message_count'];

/** Rates of appends, times of lists; nothing where no server was named. */
export async function run(bench) {
  const uri = bench.mongo;
  if (uri === undefined) {
    bench.progress('no MongoDB: give --mongo URI, or CHATBOX_TEST_MONGO_URI');
    return [];
  }
  return onStage(async (stage) => {
    const child = await stage.mongoStore();
    try {
      return await measure(child, bench, uri);
    } finally {
      // Nothing of it is left on somebody's server.
      await child.request('drop', {}, 60_000);
    }
  });
}

async function measure(child, bench, uri) {
  const { name, hasIndexes } = await child.request('open', { uri });
  bench.progress(`on ${name}`);
  const appends = bench.isQuick ? 500 : 1_000;
  const append = (side) => () => child.request('append', { side, count: appends }, 120_000);
  const rates = await rounds(
    bench.pairs * turnsPerPair,
    { bare: append('bare'), ours: append('ours') },
    bench.progress,
  );
  const rows = [
    row({
      goal: 'mongodb',
      what: `appends, projection included, on ${name}`,
      against: "the driver's insertOne",
      better: 'higher',
      unit: '1/s',
      floor: 0.6,
      aim: 0.9,
      ours: rates.ours,
      peer: rates.bare,
    }),
  ];
  // A server that looks up nothing but _id by index scans for every list: then this shows no more than that it works.
  const sessions = hasIndexes ? (bench.sessions ?? 100_000) : Math.min(bench.sessions ?? 1_000, 5_000);
  await child.request('fill', { sessions }, 600_000);
  const bounds = hasIndexes ? { floor: 3, aim: 1.5 } : { floor: null, aim: null };
  for (const sort of sorts) {
    const list = (side) => () => child.request('list', { sort, side, times: bench.isQuick ? 20 : 100 }, 120_000);
    const figures = await rounds(bench.pairs, { bare: list('bare'), ours: list('ours') }, bench.detail);
    rows.push(
      row({
        goal: '10 mongodb',
        what: `p99 of a user's sessions by ${sort}, first page, of ${sessions.toLocaleString('en-US')}`,
        against: 'bare find, same sort',
        better: 'lower',
        unit: 'us',
        ...bounds,
        ours: figures.ours,
        peer: figures.bare,
      }),
    );
  }
  return rows;
}
