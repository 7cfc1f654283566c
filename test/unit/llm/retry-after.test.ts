// Station: test/unit. The hint of a rate-limited endpoint.
import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../../src/server/llm/openai/retry-after.js';

const now = Date.UTC(2026, 0, 1, 12, 0, 0);
const read = (headers: Readonly<Record<string, string>>) => retryAfterMs((name) => headers[name] ?? null, now);

describe('the time to wait', () => {
  it.each([
    [{ 'retry-after': '20' }, 20_000],
    [{ 'retry-after': '1.5' }, 1_500],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': ' 7 ' }, 7_000],
    [{ 'retry-after-ms': '250' }, 250],
    [{ 'retry-after-ms': '250', 'retry-after': '20' }, 250],
    [{ 'retry-after-ms': 'soon', 'retry-after': '20' }, 20_000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after': '999999999' }, 3_600_000],
    [{ 'retry-after': 'Fri, 02 Jan 2026 12:00:00 GMT' }, 3_600_000],
  ])('%j is %d ms', (headers, ms) => {
    expect(read(headers)).toBe(ms);
  });

  it.each([[{}], [{ 'retry-after': '' }], [{ 'retry-after': 'soon' }], [{ 'retry-after': 'NaN' }]])(
    '%j says nothing',
    (headers) => {
      expect(read(headers)).toBeUndefined();
    },
  );
});
