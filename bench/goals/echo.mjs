// Goals 1, 2 and 4: a message in, its ack out. Not stored, stored durably; against the barest echo there is, and against socket.io's.
import { assertCalm, cpuSeconds, onStage } from '../lib/stage.mjs';
import { rounds } from '../lib/stats.mjs';
import { row } from '../lib/table.mjs';

const sizes = [
  { sockets: 100, inFlight: 4 },
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
  const { warmupMs, durationMs } = bench.times;
  const side = async (name, server, target, accept, extra = {}) => {
    const load = await stage.load();
    await load.request('open', { ...target, count: sockets, ...extra });
    return async () => {
      const before = cpuSeconds(server.pid);
      const result = await load.request('pump', { inFlight, warmupMs, durationMs, accept });
      assertCalm(name, result);
      bench.detail(
        `${name}: server busy ${busy(cpuSeconds(server.pid) - before, warmupMs + durationMs)}, ack p99 ${result.latencyMs.p99.toFixed(1)} ms`,
      );
      return result.count / result.seconds;
    };
  };
  const raw = await stage.server('peers/ws-echo.mjs');
  const socketio = await stage.server('peers/socketio-echo.mjs');
  const acked = await stage.server('servers/chatbox.mjs');
  const stored = await stage.server('servers/chatbox.mjs');
  return rounds(
    bench.pairs,
    {
      raw: await side('raw ws', raw, await raw.request('listen'), ['user']),
      socketio: await side('socket.io', socketio, await socketio.request('listen'), ['user'], {
        protocol: 'socket.io',
      }),
      acked: await bench.profiled(
        acked,
        'acked',
        await side('acked', acked, await acked.request('listen', { store: 'forgetful', users: sockets, held: true }), [
          'ack',
        ]),
      ),
      stored: await bench.profiled(
        stored,
        'stored',
        await side('stored', stored, await stored.request('listen', { store: 'sqlite', users: sockets, held: true }), [
          'ack',
        ]),
      ),
    },
    bench.progress,
  );
}

function busy(seconds, wallMs) {
  return `${Math.round((seconds / (wallMs / 1000)) * 100)} %`;
}
