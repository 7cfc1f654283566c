// The screen of a takeover: a key is drawn as soon as in an empty Ink input, while 200 messages a second arrive and 10,000 lines of history are loaded; and its memory.
import { assertCalm, onStage } from '../lib/stage.mjs';
import { row } from '../lib/table.mjs';

const lines = 10_000;
const messagesPerSecond = 200;
const keyEveryMs = 30;
/** Fewer would mean that the load did not reach the screen. */
const leastArrived = 0.8;

/** p95 of a key press to its frame, and resident memory, against an empty input. */
export async function run(bench) {
  const keys = bench.isQuick ? 60 : 150;
  const figures = { keys: [], emptyKeys: [], memory: [], emptyMemory: [] };
  await onStage(
    async (stage) => {
      const ours = await stage.chatbox({ users: 1, admins: 1, held: true });
      const { tokens, adminTokens, ...target } = ours.target;
      const load = await stage.load();
      await load.request('open', { ...target, tokens, count: 1 });
      const fill = { pingers: 0, pingEveryMs: 1_000, warmupMs: 0, durationMs: 14_000, messagesPerSecond: 900 };
      bench.progress(`storing ${lines.toLocaleString('en-US')} messages`);
      assertCalm('fill', await load.request('paced', fill, 60_000));
      const desk = await stage.screen('ui/desk.mjs');
      const server = `http://127.0.0.1:${target.port}${target.path.replace(/\/ws$/, '')}`;
      await desk.request('open', { server, token: adminTokens[0], sessionId: 'held-0', lines }, 90_000);
      const empty = await stage.screen('ui/empty.mjs');
      await empty.request('open');
      for (let round = 0; round < bench.pairs; round += 1) {
        // Longer than the keys take, so that messages arrive throughout.
        const durationMs = keys * keyEveryMs * 3;
        const arriving = load.request('paced', { ...fill, durationMs, messagesPerSecond }, 60_000);
        const said = await desk.request('keys', { count: keys, everyMs: keyEveryMs }, 60_000);
        assertCalm('arriving', await arriving);
        if (said.arrived < messagesPerSecond * leastArrived)
          throw new Error(`only ${said.arrived} messages a second arrived`);
        const bare = await empty.request('keys', { count: keys, everyMs: keyEveryMs }, 60_000);
        figures.keys.push(said.p95);
        figures.emptyKeys.push(bare.p95);
        figures.memory.push((await desk.request('resident')) / 1_048_576);
        figures.emptyMemory.push((await empty.request('resident')) / 1_048_576);
        bench.progress(
          `round ${round + 1} of ${bench.pairs}: key to frame p95 ${said.p95.toFixed(2)} ms, empty ${bare.p95.toFixed(2)} ms`,
        );
      }
    },
    { isBusy: false },
  );
  const ofScreen = { goal: '17', against: 'an empty Ink input', better: 'lower', floor: 2, aim: 1.3 };
  return [
    row({
      ...ofScreen,
      what: `key press to frame, p95, at ${messagesPerSecond} messages/s and ${lines.toLocaleString('en-US')} lines`,
      unit: 'ms',
      ours: figures.keys,
      peer: figures.emptyKeys,
    }),
    row({
      ...ofScreen,
      what: 'resident memory of the same',
      unit: 'MiB',
      ours: figures.memory,
      peer: figures.emptyMemory,
    }),
  ];
}
