import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Command, optionList, optionText } from '../../src/cli/command.js';
import { commands } from '../../src/cli/commands/index.js';
import { CliError, exitCodes } from '../../src/cli/exit-codes.js';
import { runProgram } from '../../src/cli/program.js';
import { captureIo, runCli } from '../helpers/cli.js';

const root = new URL('../..', import.meta.url);

describe('chatbox', () => {
  it('prints its version', async () => {
    const manifest = JSON.parse(await readFile(new URL('package.json', root), 'utf8')) as { version: string };
    for (const flag of ['--version', '-V']) {
      expect(await runCli([flag])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
    }
    expect(await runCli(['--json', '--version'])).toMatchObject({ code: 0, stdout: `${manifest.version}\n` });
  });

  it('prints the same help however it is asked, on stdout', async () => {
    const asked = await Promise.all(['--help', '-h', 'help', '--debug --help'].map((line) => runCli(line.split(' '))));
    for (const { code, stdout, stderr } of asked) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toBe(asked[0]?.stdout);
    }
    for (const { path, summary } of commands) {
      expect(asked[0]?.stdout).toContain(path.join(' '));
      expect(asked[0]?.stdout.replace(/\s+/g, ' ')).toContain(summary);
    }
  });

  it('alone is a usage error that shows the help, on stderr', async () => {
    const { code, stdout, stderr } = await runCli([]);
    expect({ code, stdout }).toEqual({ code: exitCodes.usage, stdout: '' });
    expect(stderr).toContain('Usage: chatbox <command>');
    expect((await runCli(['--json'])).code).toBe(exitCodes.usage);
  });

  it('wraps its help at the edge of a terminal', async () => {
    const { stdout } = await runCli(['--help'], { isTTY: true, columns: 70 });
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(70);
  });

  it.each(commands.map(({ path }) => [path.join(' ')]))(
    'has a help for `%s` that has not changed unnoticed',
    async (path) => {
      const byFlag = await runCli([...path.split(' '), '--help']);
      const byCommand = await runCli(['help', ...path.split(' ')]);
      expect(byFlag).toEqual(byCommand);
      expect(byFlag).toMatchObject({ code: 0, stderr: '' });
      expect(byFlag.stdout).toMatchSnapshot();
    },
  );

  it('shows what a group of commands holds', async () => {
    expect((await runCli(['help', 'token'])).stdout).toMatch(/create .*\n.*\n? +inspect/);
    expect(await runCli(['token'])).toMatchObject({ code: exitCodes.usage, stdout: '' });
  });
});

describe('a usage error', () => {
  it.each([
    [['serv'], "unknown command 'serv'", 'did you mean serve?'],
    [['serve', '--prot', '1'], "unknown option '--prot'", 'did you mean --port?'],
    [['config', 'shwo'], "unknown command 'shwo'", 'did you mean show?'],
    [['help', 'tokn'], "unknown command 'tokn'", 'did you mean token?'],
    [['help', 'serve', 'me'], "unknown command 'me'", 'see `chatbox help`, or `chatbox help <command>`'],
    [
      ['serve', 'now'],
      "too many arguments for 'serve'. Expected 0 arguments but got 1.",
      'see `chatbox help`, or `chatbox help <command>`',
    ],
    [
      ['token', 'create'],
      "required option '--user <id>' not specified",
      'see `chatbox help`, or `chatbox help <command>`',
    ],
    [['store', 'backup'], "missing required argument 'target'", 'see `chatbox help`, or `chatbox help <command>`'],
    [
      ['config', 'docs', '--format', 'pdf'],
      "option '--format <format>' argument 'pdf' is invalid. Allowed choices are settings, commands, env.",
      'see `chatbox help`, or `chatbox help <command>`',
    ],
  ])('%j ends with 2 and says what was meant', async (argv, message, fix) => {
    expect(await runCli(argv)).toEqual({
      code: exitCodes.usage,
      stdout: '',
      stderr: `chatbox: ${message}\n  fix: ${fix}\n`,
    });
    const json = await runCli(['--json', ...argv]);
    expect(json.code).toBe(exitCodes.usage);
    expect(JSON.parse(json.stderr)).toEqual({ error: { message, fix, exit_code: 2 } });
  });
});

describe('a command', () => {
  const seen: unknown[] = [];
  const command = (run: () => Promise<number>): Command => ({
    path: ['probe'],
    summary: 'Probe',
    args: '<one> [two]',
    options: [
      { flags: '--text <text>', summary: 'text', default: 'none' },
      { flags: '--many <many...>', summary: 'many' },
      { flags: '--on', summary: 'on' },
    ],
    examples: [],
    load: async () => async (invocation) => {
      seen.push({
        global: invocation.global,
        args: invocation.args,
        text: optionText(invocation, 'text'),
        many: optionList(invocation, 'many'),
        on: invocation.options.on,
      });
      invocation.output.talk('talk');
      invocation.output.warn('beware');
      await invocation.output.result({ a: 1 }, () => 'a is 1');
      return await run();
    },
  });
  const probe = async (argv: readonly string[], run: () => Promise<number> = async () => 0, interrupt = false) => {
    const captured = captureIo();
    if (interrupt) captured.interrupt();
    const code = await runProgram(captured.io, ['probe', ...argv], [command(run)]);
    return { code, stdout: captured.stdout(), stderr: captured.stderr() };
  };

  it('gets its options and arguments, and the global flags wherever they stand', async () => {
    await probe(['x', '--many', 'b', 'c', '--json', '--on']);
    expect(seen.pop()).toEqual({
      global: { json: true, quiet: false, debug: false },
      args: ['x'],
      text: 'none',
      many: ['b', 'c'],
      on: true,
    });
    await probe(['--text', 't', 'x', 'y']);
    expect(seen.pop()).toMatchObject({ args: ['x', 'y'], text: 't', many: [], on: undefined });
  });

  it('prints data on stdout and talk on stderr; as JSON with --json, without talk with --quiet', async () => {
    expect(await probe(['x'])).toEqual({ code: 0, stdout: 'a is 1\n', stderr: 'talk\nwarning: beware\n' });
    expect(await probe(['x', '--json'])).toMatchObject({ stdout: '{"a":1}\n' });
    expect(await probe(['x', '--quiet'])).toEqual({ code: 0, stdout: 'a is 1\n', stderr: 'warning: beware\n' });
  });

  it('that throws a CliError says what failed and how to mend it, and ends with its code', async () => {
    const fail = async () => {
      throw new CliError(exitCodes.conflict, 'it is in the way', 'move it');
    };
    const { code, stderr } = await probe(['x'], fail);
    expect({ code, stderr }).toEqual({
      code: 6,
      stderr: 'talk\nwarning: beware\nchatbox: it is in the way\n  fix: move it\n',
    });
    const json = await probe(['x', '--json', '--quiet'], fail);
    expect(JSON.parse(json.stderr.split('\n')[1] ?? '')).toEqual({
      error: { message: 'it is in the way', fix: 'move it', exit_code: 6 },
    });
  });

  it('that throws anything else says which kind, and nothing of what it says: nobody checked that', async () => {
    const fail = async () => {
      throw Object.assign(new TypeError('Canary-1', { cause: new Error('Canary-2') }), { code: 'E_ODD' });
    };
    const plain = await probe(['x'], fail);
    expect(plain.code).toBe(exitCodes.failure);
    expect(plain.stderr).toContain(
      'chatbox: unexpected TypeError E_ODD\n  fix: run it again with --debug to see where\n',
    );
    const debug = await probe(['x', '--debug'], fail);
    expect(debug.stderr).toMatch(/TypeError\n\s+at .*main\.test\.ts/);
    expect(debug.stderr).toMatch(/caused by Error\n\s+at /);
    expect(plain.stderr + debug.stderr).not.toContain('Canary');
    const odd = await probe(['x'], async () => Promise.reject('thrown text'));
    expect(odd.stderr).toContain('chatbox: unexpected string\n');
  });

  it('that is interrupted ends with 130, and without a word', async () => {
    const { code, stderr } = await probe(['x'], async () => Promise.reject(new Error('aborted')), true);
    expect({ code, stderr }).toEqual({ code: 130, stderr: 'talk\nwarning: beware\n' });
  });

  it('passes the code on that it returns', async () => {
    expect((await probe(['x'], async () => 5)).code).toBe(5);
  });
});

describe('the page docs/cli.md', () => {
  it('is what the program prints of itself', async () => {
    const page = await readFile(fileURLToPath(new URL('docs/cli.md', root)), 'utf8');
    const { stdout } = await runCli(['config', 'docs', '--format', 'commands']);
    expect(page, 'run: node bin/chatbox.js config docs --format commands > docs/cli.md').toBe(stdout);
  });
});
