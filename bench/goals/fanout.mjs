// Goal 3: what one device sends, stored durably, reaches all three of its user's devices. Counted in frames that arrive.
import { assertCalm, onStage } from '../lib/stage.mjs';
import { rounds } from '../lib/stats.mjs';
import { row } from '../lib/table.mjs';

const perSession = 3;
const sockets = 300;
const inFlight = 1;

/** Compares frames delivered with a raw echo on as many sockets. */
export async function run(bench) {
  const { warmupMs, durationMs } = bench.times;
  const figures = await onStage(async (stage) => {
    const raw = await stage.peer('peers/ws-echo.mjs');
    const ours = await stage.chatbox({ users: sockets / perSession, held: true });
    const rawLoad = await stage.load();
    const ourLoad = await stage.load();
    await rawLoad.request('open', { ...raw.target, count: sockets });
    await ourLoad.request('open', { ...ours.target, count: sockets, perSession });
    const pump = async (load, name, args) => {
      const result = await load.request('pump', { inFlight, warmupMs, durationMs, ...args });
      assertCalm(name, result);
      return result.count / result.seconds;
    };
    return rounds(
      bench.pairs,
      {
        raw: () => pump(rawLoad, 'raw ws', { accept: ['user'] }),
        fanout: await bench.profiled(ours.child, 'fanout', () =>
          pump(ourLoad, 'fan-out', { accept: ['ack', 'user'], perSession }),
        ),
      },
      bench.progress,
    );
  });
  return [
    row({
      goal: '3',
      what: `stored and fanned out to ${perSession}, frames`,
      against: 'raw ws echo',
      better: 'higher',
      unit: 'frames/s',
      floor: 0.55,
      aim: 1,
      ours: figures.fanout,
      peer: figures.raw,
    }),
  ];
}
