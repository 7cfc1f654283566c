// Goal 11: what durable writes of some sockets do to the round trip of others. Pings go on while 2,000 messages a second are stored, and while none are.
import { assertCalm, onStage } from '../lib/stage.mjs';
import { rounds } from '../lib/stats.mjs';
import { row } from '../lib/table.mjs';

const pingers = 20;
const writers = 100;
const pingEveryMs = 20;
const messagesPerSecond = 2_000;
/** Fewer acks than this part of what was sent would mean that the load was never carried. */
const leastAcked = 0.95;

/** p99 of ping to pong, with the storing against without. */
export async function run(bench) {
  const figures = await onStage(async (stage) => {
    const ours = await stage.chatbox({ users: pingers + writers, held: true });
    const load = await stage.load();
    await load.request('open', { ...ours.target, count: pingers + writers });
    const p99 = async (rate) => {
      const result = await load.request('paced', { ...bench.times, pingers, pingEveryMs, messagesPerSecond: rate });
      assertCalm('paced', result);
      if (result.acked < result.sent * leastAcked)
        throw new Error(`only ${result.acked} of ${result.sent} messages were acked in time`);
      return result.roundTripMs.p99;
    };
    return rounds(
      bench.pairs,
      { quiet: () => p99(0), storing: await bench.profiled(ours.child, 'latency', () => p99(messagesPerSecond)) },
      bench.progress,
    );
  });
  return [
    row({
      goal: '11',
      what: `ping p99 of others while ${messagesPerSecond.toLocaleString('en-US')} messages/s are stored`,
      against: 'without the storing',
      better: 'lower',
      unit: 'ms',
      floor: 4,
      aim: 1.5,
      ours: figures.storing,
      peer: figures.quiet,
    }),
  ];
}
