// Station: test. The helper that every other test waits with.
import { describe, expect, it } from 'vitest';
import { eventually } from '../../helpers/poll.js';

describe('eventually', () => {
  it('resolves to the value once it is there', async () => {
    let looks = 0;
    const value = await eventually(() => {
      looks += 1;
      return looks === 3 ? 'there' : null;
    });
    expect(value).toBe('there');
    expect(looks).toBe(3);
  });

  it('takes zero and the empty string as met', async () => {
    expect(await eventually(() => 0)).toBe(0);
    expect(await eventually(() => '')).toBe('');
  });

  it('fails after its deadline, naming what was waited for and why it was not met', async () => {
    const never = eventually(
      () => {
        throw new Error('still closed');
      },
      { timeoutMs: 20, what: 'the door' },
    );
    await expect(never).rejects.toThrow('the door did not come true within 20 ms: still closed');
  });

  it('lets assertions stand in the condition', async () => {
    let value = 0;
    await eventually(async () => {
      value += 1;
      expect(value).toBeGreaterThan(2);
      return true;
    });
    expect(value).toBe(3);
  });
});
