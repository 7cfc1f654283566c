// Goal 15: whole turns. A message is stored durably, the model is asked over HTTP, one chunk comes, the answer is stored; against a loop that stores nothing.
import { assertCalm, onStage } from '../lib/stage.mjs';
import { rounds } from '../lib/stats.mjs';
import { row } from '../lib/table.mjs';

const sockets = 100;

/** Turns a second at 100 sockets, each asking again when it was answered. */
export async function run(bench) {
  const figures = await onStage(async (stage) => {
    const upstream = await stage.upstream();
    const { port: upstreamPort } = await upstream.request('listen');
    const { chars } = await upstream.request('whole', { pieces: 1, text: 'hello' });
    const bare = await stage.peer('peers/sdk-relay.mjs', { upstreamPort });
    const ours = await stage.chatbox({ users: sockets, upstreamPort });
    const bareLoad = await stage.load();
    const ourLoad = await stage.load();
    await bareLoad.request('open', { ...bare.target, count: sockets });
    await ourLoad.request('open', { ...ours.target, count: sockets });
    const turns = async (load, name) => {
      const result = await load.request('asks', { ...bench.times, expectedChars: chars });
      assertCalm(name, result);
      return result.answers / result.seconds;
    };
    return rounds(
      bench.pairs,
      {
        bare: () => turns(bareLoad, 'bare loop'),
        ours: await bench.profiled(ours.child, 'turns', () => turns(ourLoad, 'ours')),
      },
      bench.progress,
    );
  });
  return [
    row({
      goal: '15',
      what: `whole turns, stored, ${sockets} sockets`,
      against: 'bare openai SDK loop, nothing stored',
      better: 'higher',
      unit: 'turns/s',
      floor: 1,
      aim: 1.75,
      ours: figures.ours,
      peer: figures.bare,
    }),
  ];
}
