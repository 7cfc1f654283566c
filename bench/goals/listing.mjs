// Goal 10 and its like: a page of a list of a million sessions costs little more than the bare SQL over the same index; numbers over a window little more than one scan of it.
import { onStage } from '../lib/stage.mjs';
import { rounds, turnsPerPair } from '../lib/stats.mjs';
import { row } from '../lib/table.mjs';

const sorts = ['start_time', 'end_time', 'message_count', 'total_tokens', 'user_id', 'duration', 'last_activity'];
/** Few wait for help: there is no page 1,000 of them. */
const shapes = [
  { filter: 'alone', isDeep: false },
  { filter: 'alone', isDeep: true },
  { filter: 'user', isDeep: false },
  { filter: 'user', isDeep: true },
  { filter: 'assisted', isDeep: false },
  { filter: 'assisted', isDeep: true },
  { filter: 'help', isDeep: false },
];
const names = { alone: '', user: ', one user', assisted: ', assisted', help: ', waiting for help' };

/** 99th percentiles of a page, and the time of metrics. */
export async function run(bench) {
  // Page 1,000 of a user with a share of the sessions, 20 a page, has to be there.
  const sessions = Math.max(700_000, bench.sessions ?? (bench.isQuick ? 700_000 : 1_000_000));
  const times = bench.isQuick ? 50 : 100;
  const window = sessions / 10;
  return onStage(async (stage) => {
    const big = await stage.bigStore();
    bench.progress(`making ${sessions.toLocaleString('en-US')} sessions in SQLite`);
    const tookMs = await big.request('fill', { count: sessions }, 600_000);
    bench.progress(`made in ${Math.round(tookMs / 1_000)} s`);
    const rows = [];
    for (const { filter, isDeep } of shapes) {
      for (const sort of sorts) {
        const at = { sort, filter, isDeep };
        await big.request('prepare', at);
        const side = (name) => () => big.request('list', { ...at, side: name, times }, 120_000);
        const figures = await rounds(
          bench.pairs * turnsPerPair,
          { bare: side('bare'), ours: side('ours') },
          bench.detail,
        );
        const page = isDeep ? 'page 1,000' : 'first page';
        const isGoal = filter === 'user' && sort === 'last_activity' && !isDeep;
        rows.push(
          row({
            goal: isGoal ? '10' : 'list',
            what: `p99 of a list by ${sort}${names[filter]}, ${page}`,
            against: 'bare SQL, same index',
            better: 'lower',
            unit: 'us',
            floor: 3,
            aim: 1.5,
            ours: figures.ours,
            peer: figures.bare,
          }),
        );
      }
      bench.progress(`lists${names[filter] === '' ? '' : names[filter].slice(1)}${isDeep ? ', page 1,000' : ''}: done`);
    }
    const side = (name) => () => big.request('metrics', { sessions: window, side: name }, 120_000);
    const figures = await rounds(
      bench.pairs * 2,
      { rows: side('rows'), sums: side('sums'), ours: side('ours') },
      bench.detail,
    );
    const numbers = {
      goal: 'metrics',
      what: `numbers over a window of ${window.toLocaleString('en-US')} sessions`,
      better: 'lower',
      unit: 'ms',
      ours: figures.ours,
    };
    rows.push(
      row({ ...numbers, against: 'a bare scan of their rows', floor: 2, aim: 1, peer: figures.rows }),
      // What SQL adds up alone, without concurrency: to see what that costs.
      row({ ...numbers, against: 'sums in SQL alone', floor: null, aim: null, peer: figures.sums }),
    );
    return rows;
  });
}
