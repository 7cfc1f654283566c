// Goals 6, 7 and 8: a model's answer on its way through the whole server, against the loop that anyone writes first.
import { assertCalm, onStage } from '../lib/stage.mjs';
import { rounds } from '../lib/stats.mjs';
import { row } from '../lib/table.mjs';
import { mostStreams } from './most-streams.mjs';

const lanes = 32;
const piece = 'hello';
const against = 'bare openai SDK loop';
const mostLanes = 1_600;

/** Chunks a second, streams at once, and time to the first chunk. */
export async function run(bench) {
  return onStage(async (stage) => {
    const upstream = await stage.upstream();
    const { port: upstreamPort } = await upstream.request('listen');
    const bare = await stage.peer('peers/sdk-relay.mjs', { upstreamPort });
    const ours = await stage.chatbox({ users: mostLanes, upstreamPort });
    const targets = { bare: bare.target, ours: ours.target };
    const loads = { bare: await stage.load(), ours: await stage.load() };
    const sides = (measure) => ({ bare: () => measure('bare'), ours: () => measure('ours') });
    const open = async (side, count) => {
      await loads[side].request('close');
      await loads[side].request('open', { ...targets[side], count, atOnce: 25 }, 120_000);
    };
    const ask = async (side, args) => {
      const result = await loads[side].request('asks', args, 120_000);
      assertCalm(side, result);
      return result;
    };

    bench.progress('goal 6: chunks a second');
    await open('bare', lanes);
    await open('ours', lanes);
    const blocks = await upstream.request('blocks', { pieces: 400, text: piece, perWrite: 8 });
    const relayed = async (side) => {
      const { chars, seconds } = await ask(side, { ...bench.times, expectedChars: blocks.chars });
      return chars / piece.length / seconds;
    };
    const chunks = await rounds(
      bench.pairs,
      { ...sides(relayed), ours: await bench.profiled(ours.child, 'relay', () => relayed('ours')) },
      bench.progress,
    );

    bench.progress('goal 8: first chunk');
    await open('bare', 1);
    await open('ours', 1);
    const one = await upstream.request('whole', { pieces: 1, text: piece });
    const first = async (side) => (await ask(side, { ...bench.times, expectedChars: one.chars })).firstMs.p50;
    const firsts = await rounds(bench.pairs, sides(first), bench.progress);

    bench.progress('goal 7: streams at once');
    const streams = await mostStreams({ bench, upstream, open, ask, most: mostLanes });

    const rate = { against, better: 'higher' };
    return [
      row({
        ...rate,
        goal: '6',
        what: `relayed chunks, ${lanes} sockets`,
        unit: 'chunks/s',
        floor: 1,
        aim: 1.5,
        ours: chunks.ours,
        peer: chunks.bare,
      }),
      row({
        ...rate,
        goal: '7',
        what: 'answers of 50 chunks/s at once, p99 added <= 50 ms',
        unit: 'answers',
        floor: 1,
        aim: 1.75,
        ours: streams.ours,
        peer: streams.bare,
      }),
      row({
        against,
        better: 'lower',
        goal: '8',
        what: 'question to first chunk, p50, one socket',
        unit: 'ms',
        floor: 1.5,
        aim: 0.8,
        ours: firsts.ours,
        peer: firsts.bare,
      }),
    ];
  });
}
