// Goals 1, 2 and 4: a message in, its ack out. Not stored, stored durably; against the barest echo there is, and against socket.io's.
import { assertCalm, cpuSeconds, onStage } from '../lib/stage.mjs';
import { rounds, shortTurn, turnsPerPair } from '../lib/stats.mjs';
import { row } from '../lib/table.mjs';

const sizes = [
  { sockets: 100, inFlight: 1 },
  { sockets: 1_000, inFlight: 1 },
];

/** Runs the sides at each number of sockets; every side gets the same frames from its own load process, one side at a time. */
export async function run(bench) {
  const rows = [];
  for (const { sockets, inFlight } of sizes) {
    const figures = await onStage((stage) => measure(stage, bench, sockets, inFlight));
    const at = `${sockets.toLocaleString('en-US')} sockets`;
    const rate = { better: 'higher', unit: 'msg/s' };
    rows.push(
      row({
        ...rate,
        goal: `1 (${sockets})`,
        what: `acked, not stored, ${at}`,
        against: 'raw ws echo',
        floor: 0.6,
        aim: 0.8,
        ours: figures.acked,
        peer: figures.raw,
      }),
      row({
        ...rate,
        goal: `2 (${sockets})`,
        what: `acked, stored durably, ${at}`,
        against: 'raw ws echo',
        floor: 0.2,
        aim: 0.33,
        ours: figures.stored,
        peer: figures.raw,
      }),
      row({
        ...rate,
        goal: `4 (${sockets})`,
        what: `acked, not stored, ${at}`,
        against: 'socket.io 4 echo',
        floor: 1.2,
        aim: 1.5,
        ours: figures.acked,
        peer: figures.socketio,
      }),
    );
  }
  return rows;
}

async function measure(stage, bench, sockets, inFlight) {
  const { warmupMs, durationMs } = shortTurn(bench.times);
  const side = async (name, { child, target }, accept, protocol) => {
    const load = await stage.load();
    await load.request('open', { ...target, count: sockets, protocol });
    const measure = async () => {
      const before = cpuSeconds(child.pid);
      const result = await load.request('pump', { inFlight, warmupMs, durationMs, accept });
      assertCalm(name, result);
      const share = busy(cpuSeconds(child.pid) - before, warmupMs + durationMs);
      bench.detail(`${name}: server busy ${share}, p99 ${result.latencyMs.p99.toFixed(1)} ms`);
      return result.count / result.seconds;
    };
    return accept[0] === 'ack' ? bench.profiled(child, name, measure) : measure;
  };
  const held = { users: sockets, held: true };
  return rounds(
    bench.pairs * turnsPerPair,
    {
      raw: await side('raw ws', await stage.peer('peers/ws-echo.mjs'), ['user']),
      socketio: await side('socket.io', await stage.peer('peers/socketio-echo.mjs'), ['user'], 'socket.io'),
      acked: await side('acked', await stage.chatbox({ ...held, store: 'forgetful' }), ['ack']),
      stored: await side('stored', await stage.chatbox(held), ['ack']),
    },
    bench.progress,
  );
}

function busy(seconds, wallMs) {
  return `${Math.round((seconds / (wallMs / 1000)) * 100)} %`;
}
