// Goal 5: what an idle socket costs the server in memory after it sent one message and got its answer. Resident bytes, so buffers count too.
import { assertCalm, onStage } from '../lib/stage.mjs';
import { rounds } from '../lib/stats.mjs';
import { row } from '../lib/table.mjs';

const addresses = 8;
/** Opened before the first reading: they pay for what all share, and for the slack that a young heap has. */
const first = 500;
/** Node's own young heap: one of 64 MiB grows while sockets are opened, and would be divided among them as if it were theirs. */
const idle = { isBusy: false };

/** Opens so many sockets on a fresh server each time, and divides what it grew by. */
export async function run(bench) {
  const sockets = bench.isQuick ? 2_000 : 10_000;
  const grown = (begin, kind) => () =>
    onStage(async (stage) => {
      const { child, target } = await begin(stage);
      const { tokens, ...place } = target;
      const talk = async (from, to) => {
        const load = await stage.load();
        await load.request(
          'open',
          { ...place, tokens: tokens?.slice(from, to), count: to - from, addresses, atOnce: 100 },
          180_000,
        );
        const said = await load.request('once', { atOnce: 200, kind }, 120_000);
        assertCalm('memory', said);
        return child.request('resident');
      };
      const before = await talk(0, first);
      return ((await talk(first, first + sockets)) - before) / sockets;
    }, idle);
  const figures = await rounds(
    bench.pairs,
    {
      raw: grown((stage) => stage.peer('peers/ws-echo.mjs'), 'user'),
      ours: grown((stage) => stage.chatbox({ users: first + sockets, held: true }), 'ack'),
    },
    bench.progress,
  );
  return [
    row({
      goal: '5',
      what: `memory per idle socket after one stored message, ${sockets.toLocaleString('en-US')} sockets`,
      against: 'raw ws',
      better: 'lower',
      unit: 'B',
      floor: 1.6,
      aim: 1.2,
      ours: figures.ours,
      peer: figures.raw,
    }),
  ];
}
