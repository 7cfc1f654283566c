// Station: test/unit. The directory of models.
import { describe, expect, it } from 'vitest';
import { createModelDirectory } from '../../../src/server/llm/directory.js';
import type { LlmProvider } from '../../../src/server/ports/llm.js';

function provider(
  name: string,
  ids: readonly string[],
  close: () => Promise<void> = async () => undefined,
): LlmProvider {
  return {
    name,
    models: ids.map((id) => ({ id, name: id.toUpperCase() })),
    ask: () => Promise.resolve({ finish: 'stop', usage: null }),
    health: () => ({ ok: true }),
    close,
  };
}

describe('the directory of models', () => {
  it('lists the models in the configured order and takes the first as the default', () => {
    const directory = createModelDirectory([provider('one', ['b', 'a']), provider('two', ['c'])]);
    expect(directory.models).toEqual([
      { id: 'b', name: 'B' },
      { id: 'a', name: 'A' },
      { id: 'c', name: 'C' },
    ]);
    expect(directory.defaultModelId).toBe('b');
  });

  it('R2: finds the provider of a configured model and of no other', () => {
    const two = provider('two', ['c']);
    const directory = createModelDirectory([provider('one', ['a']), two]);
    expect(directory.providerOf('c')).toBe(two);
    expect(directory.providerOf('C')).toBeUndefined();
    expect(directory.providerOf('__proto__')).toBeUndefined();
  });

  it('refuses an id that is offered twice, naming both providers', () => {
    expect(() => createModelDirectory([provider('one', ['a']), provider('two', ['a'])])).toThrow(
      'Model id "a" is offered twice, by provider "one" and by provider "two".',
    );
    expect(() => createModelDirectory([provider('one', ['a', 'a'])])).toThrow('offered twice');
  });

  it('refuses to be empty', () => {
    expect(() => createModelDirectory([])).toThrow('no model');
    expect(() => createModelDirectory([provider('one', [])])).toThrow('no model');
  });

  it('closes every provider, also behind one that fails to', async () => {
    const closed: string[] = [];
    const directory = createModelDirectory([
      provider('one', ['a'], () => Promise.reject(new Error('stuck'))),
      provider('two', ['b'], async () => void closed.push('two')),
    ]);
    await expect(directory.close()).rejects.toMatchObject({ errors: [{ message: 'stuck' }] });
    expect(closed).toEqual(['two']);
    await expect(createModelDirectory([provider('one', ['a'])]).close()).resolves.toBeUndefined();
  });
});
