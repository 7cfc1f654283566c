// Goal 9: storing message 100,000 of a session costs what storing message 100 did. Through the store port, pipelined, so that it is work and not the disk that shows.
import { onStage } from '../lib/stage.mjs';
import { rounds } from '../lib/stats.mjs';
import { row } from '../lib/table.mjs';

const young = 100;

/** Microseconds an append, in a session that is long against one that is young. */
export async function run(bench) {
  const old = bench.isQuick ? 20_000 : 100_000;
  const figures = await onStage(async (stage) => {
    const appender = await stage.appender();
    await appender.request('open');
    bench.progress(`filling a session with ${old.toLocaleString('en-US')} messages`);
    await appender.request('fill', { session: 'old', count: old }, 300_000);
    return rounds(
      // A turn lasts some forty milliseconds, in which one checkpoint of SQLite is half of the time: many turns, for a middle without it.
      bench.pairs * 12,
      {
        young: () => appender.request('measure', { from: young }),
        old: () => appender.request('measure', { session: 'old' }),
      },
      bench.progress,
    );
  });
  return [
    row({
      goal: '9',
      what: `append at message ${old.toLocaleString('en-US')} of a session`,
      against: `message ${young}`,
      better: 'lower',
      unit: 'us',
      floor: 1.2,
      aim: 1.05,
      ours: figures.old,
      peer: figures.young,
    }),
  ];
}
