import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type Host, runProcess } from '../../src/cli/main.js';
import { temporaryFolder } from '../helpers/cli.js';
import { eventually } from '../helpers/poll.js';

/** A process that is not one: streams, signals, and what it was told to exit with. */
async function fakeHost(argv: readonly string[]) {
  const cwd = await temporaryFolder();
  const signals = new EventEmitter();
  const exits: number[] = [];
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const host: Host = {
    ...streams,
    env: {},
    argv: ['node', 'chatbox', ...argv],
    cwd: () => cwd,
    once: (signal, listener) => signals.once(signal, listener),
    exit: (code) => void exits.push(code),
  };
  return { host, signals, exits, ...streams };
}

describe('a process', () => {
  it('runs the command of its arguments and gives back the exit code', async () => {
    const { host, stdout, exits } = await fakeHost(['--version']);
    expect(await runProcess(host)).toBe(0);
    expect(String(stdout.read())).toMatch(/^\d+\.\d+\.\d+/);
    expect(await runProcess((await fakeHost(['nonsense'])).host)).toBe(2);
    expect(exits).toEqual([]);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('drains on %s, and leaves the second one to the system', async (signal) => {
    const { host, signals, stderr } = await fakeHost(['serve', '--dev', '--port', '0']);
    let said = '';
    stderr.on('data', (part) => {
      said += String(part);
    });
    const ended = runProcess(host);
    await eventually(() => said.includes('Ctrl-C ends it'), { timeoutMs: 15_000 });
    signals.emit(signal);
    expect(signals.listenerCount(signal)).toBe(0);
    expect(await ended).toBe(0);
    expect(said).toContain('"event":"stopped"');
  });

  it('ends quietly when nobody reads its output any more', async () => {
    const { host, stdout, stderr } = await fakeHost(['config', 'show', '--dev']);
    const ended = runProcess(host);
    stdout.destroy(Object.assign(new Error('broken pipe'), { code: 'EPIPE' }));
    expect(await ended).toBe(0);
    expect(stderr.read()).toBeNull();
  });

  it.each([
    ['ENOSPC', 'no space is left where it goes (ENOSPC)'],
    ['EIO', 'EIO'],
  ])('says that its output could not be written (%s), without a stack, and ends with 1', async (code, why) => {
    const { host, stdout, stderr } = await fakeHost(['config', 'show', '--dev']);
    const ended = runProcess(host);
    stdout.destroy(Object.assign(new Error('write'), { code }));
    expect(await ended).toBe(1);
    expect(String(stderr.read())).toBe(
      `chatbox: the output could not be written: ${why}\n  fix: free space there, or send the output elsewhere\n`,
    );
  });

  it('ends with 1 when the last thing that it wrote turns out lost', async () => {
    const { host, stdout, stderr, exits } = await fakeHost(['help', '--json']);
    expect(await runProcess(host)).toBe(0);
    stdout.destroy(Object.assign(new Error('write'), { code: 'ENOSPC' }));
    await eventually(() => exits.length === 1);
    expect(exits).toEqual([1]);
    expect(JSON.parse(String(stderr.read()))).toMatchObject({ error: { exit_code: 1 } });
  });
});
