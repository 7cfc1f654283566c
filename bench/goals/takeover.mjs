// Goal 16: how long after an admin's command a user may still hear the model, against what it takes to store a message and ack it, in the same run.
import { assertCalm, onStage } from '../lib/stage.mjs';
import { row } from '../lib/table.mjs';

const pairs = 16;
/** So many takeovers at least in all rounds together: the requirement's number. */
const leastTakeovers = 500;
/** Fewer than this in one round would give no p99. */
const leastInRound = 100;

/** p99 from the command to the user's last chunk, against p99 of an ack. */
export async function run(bench) {
  const [lasts, acks] = [[], []];
  const atLeast = Math.max(leastInRound, Math.ceil(leastTakeovers / bench.pairs));
  let count = 0;
  await onStage(async (stage) => {
    const ours = await stage.chatbox({ users: pairs, admins: pairs });
    const load = await stage.load();
    const { tokens, adminTokens, ...target } = ours.target;
    await load.request('open', { ...target, tokens, count: pairs });
    await load.request('open', { ...target, tokens: adminTokens, count: pairs });
    const takeOver = async () => {
      const result = await load.request('takeovers', { ...bench.times, pairs, atLeast });
      assertCalm('takeovers', result);
      if (result.lastMs === null || result.lastMs.count < atLeast)
        throw new Error(`only ${result.lastMs?.count ?? 0} takeovers in the time`);
      return result;
    };
    const profiled = await bench.profiled(ours.child, 'takeover', takeOver);
    for (let round = 0; round < bench.pairs; round += 1) {
      const { lastMs, ackMs } = await profiled();
      lasts.push(lastMs.p99);
      count += lastMs.count;
      acks.push(ackMs.p99);
      bench.progress(
        `round ${round + 1} of ${bench.pairs}: ${lastMs.count} takeovers, last chunk p99 ${lastMs.p99.toFixed(2)} ms, ack p99 ${ackMs.p99.toFixed(2)} ms`,
      );
    }
    bench.progress(`${count} takeovers in all, and no piece of an answer after an admin_join`);
  });
  return [
    row({
      goal: '16',
      what: `from an admin's command to the user's last chunk, p99, ${pairs} answers of 500 chunks/s`,
      against: 'ack of a stored message, p99, same run',
      better: 'lower',
      unit: 'ms',
      floor: 3,
      aim: 1,
      ours: lasts,
      peer: acks,
    }),
  ];
}
