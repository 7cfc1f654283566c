// What encryption costs: goal 2 with it on, against the same server without it, and against the raw echo; and sealing everything anew against reading and writing the same rows bare.
import { assertCalm, onStage } from '../lib/stage.mjs';
import { rounds, shortTurn, turnsPerPair } from '../lib/stats.mjs';
import { row } from '../lib/table.mjs';

const sockets = 100;
/** Rates of stored messages, and of records that are sealed anew. */
export async function run(bench) {
  const stored = await onStage((stage) => append(stage, bench));
  const anew = await onStage((stage) => reseal(stage, bench));
  const rate = { better: 'higher', unit: 'msg/s' };
  return [
    row({
      ...rate,
      goal: '2 sealed',
      what: `acked, sealed and stored durably, ${sockets} sockets`,
      against: 'raw ws echo',
      floor: 0.2,
      aim: 0.33,
      ours: stored.sealed,
      peer: stored.raw,
    }),
    row({
      ...rate,
      goal: 'sealing',
      what: `the same, ${sockets} sockets`,
      against: 'without encryption',
      floor: 0.85,
      aim: 0.95,
      ours: stored.sealed,
      peer: stored.plain,
    }),
    row({
      better: 'higher',
      unit: 'records/s',
      goal: 'resealing',
      what: 'everything sealed anew, each record by compare-and-set',
      against: 'the same rows read and written bare',
      floor: 0.33,
      aim: 0.6,
      ours: anew.ours,
      peer: anew.bare,
    }),
  ];
}

async function append(stage, bench) {
  const { warmupMs, durationMs } = shortTurn(bench.times);
  const side = async (name, { target }, accept) => {
    const load = await stage.load();
    await load.request('open', { ...target, count: sockets });
    return async () => {
      const result = await load.request('pump', { inFlight: 1, warmupMs, durationMs, accept });
      assertCalm(name, result);
      return result.count / result.seconds;
    };
  };
  const held = { users: sockets, held: true };
  return rounds(
    bench.pairs * turnsPerPair,
    {
      raw: await side('raw ws', await stage.peer('peers/ws-echo.mjs'), ['user']),
      plain: await side('plain', await stage.chatbox(held), ['ack']),
      sealed: await side('sealed', await stage.chatbox({ ...held, isSealed: true }), ['ack']),
    },
    bench.progress,
  );
}

async function reseal(stage, bench) {
  const count = bench.isQuick ? 20_000 : 50_000;
  const resealer = await stage.resealer();
  bench.progress(`sealing ${count.toLocaleString('en-US')} messages`);
  await resealer.request('fill', { count }, 300_000);
  const side = (name) => () => resealer.request(name, {}, 120_000);
  return rounds(bench.pairs, { bare: side('bare'), ours: side('ours') }, bench.progress);
}
