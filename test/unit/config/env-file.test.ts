import { describe, expect, it } from 'vitest';
import { readEnvFile } from '../../../src/server/config/env-file.js';
import { leastEnv, loadGood, problemsOf } from '../../helpers/config.js';

const rawOf = (line: string) => readEnvFile(line, '.env').values[0]?.raw;

describe('an env file', () => {
  it.each([
    ['A=b', 'b'],
    ['export A=b', 'b'],
    ['  A = b  ', 'b'],
    ['A=', ''],
    ['A=b # comment', 'b'],
    ['A=b#c', 'b#c'],
    ['A=\'b # "c"\'', 'b # "c"'],
    ['A="b # c"', 'b # c'],
    ['A="b\\n\\"c\\"\\\\"', 'b\n"c"\\'],
    ['A="b" # comment', 'b'],
    ['A=b=c==', 'b=c=='],
    ['\uFEFFA=b', 'b'],
  ])('reads %j', (line, value) => {
    expect(rawOf(line)).toBe(value);
  });

  it('skips comments and empty lines, and ends lines as Windows does', () => {
    const { values, problems } = readEnvFile('# a\r\n\r\nA=1\r\nB=2\r\n', '.env');
    expect(values).toEqual([
      { name: 'A', raw: '1', source: '.env:3 A' },
      { name: 'B', raw: '2', source: '.env:4 B' },
    ]);
    expect(problems).toEqual([]);
  });

  it.each([
    ['A', '.env:1: is not a line of the form NAME=value'],
    ['1A=b', '.env:1: is not a line of the form NAME=value'],
    ['A="b', '.env:1 A: has a quote that does not end on this line'],
    ["A='b' c", '.env:1 A: has a quote that does not end on this line'],
  ])('complains of %j', (line, problem) => {
    const { problems } = readEnvFile(line, '.env');
    expect(problems.map(({ source, message }) => `${source}: ${message}`)).toEqual([problem]);
  });

  it('is weaker than the environment, except where that is empty', async () => {
    const files = { '/home/.env': 'RATE_LIMIT=3\nSERVER_PORT=81\n' };
    const { config } = await loadGood(
      { envFile: '.env', env: { ...leastEnv, RATE_LIMIT: '2', SERVER_PORT: '' } },
      files,
    );
    expect(config.limits.userMessagesPerMinute).toBe(2);
    expect(config.http.port).toBe(81);
  });

  it('that is not there is a problem', async () => {
    expect(await problemsOf({ envFile: 'none.env' })).toEqual(['--env-file none.env: is not there']);
  });
});
