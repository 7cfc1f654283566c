// Goal 5: what an idle socket costs the server in memory after it sent one message and got its answer. Resident bytes, so buffers count too.
import { assertCalm, onStage } from '../lib/stage.mjs';
import { rounds } from '../lib/stats.mjs';
import { row } from '../lib/table.mjs';

const addresses = 8;

/** Opens so many sockets on a fresh server each time, and divides what it grew by. */
export async function run(bench) {
  const sockets = bench.isQuick ? 2_000 : 10_000;
  const grown = (file, args, accept) => () =>
    onStage(async (stage) => {
      const server = await stage.server(file);
      const load = await stage.load();
      const target = await server.request('listen', args, 120_000);
      // The first socket pays for what all share; it is not what is measured.
      await load.request('open', { ...target, tokens: target.tokens?.slice(0, 1), count: 1, addresses });
      const before = await server.request('resident');
      await load.request(
        'open',
        { ...target, tokens: target.tokens?.slice(1), count: sockets, addresses, atOnce: 100 },
        180_000,
      );
      assertCalm(file, await load.request('once', { atOnce: 500, accept, durationMs: 10 }, 180_000));
      return ((await server.request('resident')) - before) / sockets;
    });
  const held = { store: 'sqlite', users: sockets + 1, held: true };
  const figures = await rounds(
    bench.pairs,
    { raw: grown('peers/ws-echo.mjs', {}, ['user']), ours: grown('servers/chatbox.mjs', held, ['ack']) },
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
