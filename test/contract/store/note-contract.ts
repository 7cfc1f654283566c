// Station: test/contract/store. Promises about notes: small named documents, written by compare-and-set. Called by store-contract.
import { describe, expect, it } from 'vitest';
import { failureOf, openFresh, openOn, type StoreTarget } from './store-target.js';

export function noteContract(target: StoreTarget): void {
  describe('notes', () => {
    it('writes a note where there is none, replaces it where it still says what was expected, and removes it so', async () => {
      const { store } = await openFresh(target);
      expect(await store.note('lease')).toBeNull();
      expect(await store.putNote('lease', 'something', 'a')).toBe(false);
      expect(await store.putNote('lease', null, 'a')).toBe(true);
      expect(await store.putNote('lease', null, 'b')).toBe(false);
      expect(await store.note('lease')).toBe('a');
      expect(await store.putNote('lease', 'a', 'b')).toBe(true);
      expect(await store.putNote('lease', 'a', 'c')).toBe(false);
      expect(await store.dropNote('lease', 'a')).toBe(false);
      expect(await store.dropNote('lease', 'b')).toBe(true);
      expect(await store.dropNote('lease', 'b')).toBe(false);
      expect(await store.note('lease')).toBeNull();
    });

    it('lists those whose name begins so, in order of name, and no others', async () => {
      const { store } = await openFresh(target);
      for (const name of ['server/b', 'server', 'server/a', 'servers', 'server/%', 'key/a', 'server/\u{1F600}']) {
        await store.putNote(name, null, `of ${name}`);
      }
      const listed = await store.notes('server/');
      expect(listed.map(({ name }) => name)).toEqual(['server/%', 'server/a', 'server/b', 'server/\u{1F600}']);
      expect(listed[1]).toEqual({ name: 'server/a', value: 'of server/a' });
      expect(await store.notes('none/')).toEqual([]);
      expect(await store.notes('')).toHaveLength(7);
    });

    it('lets one of many that race for a note win each step, on two stores', async () => {
      const { store, data } = await openFresh(target);
      const stores = [store, await openOn(data)];
      let now: string | null = null;
      for (let step = 0; step < 8; step += 1) {
        const expected: string | null = now;
        const racers = Array.from({ length: 8 }, (_, at) =>
          (stores[at % 2] ?? store).putNote('floor', expected, `${step} won by ${at}`),
        );
        const won = await Promise.all(racers);
        expect(won.filter(Boolean)).toHaveLength(1);
        now = await store.note('floor');
        expect(now).toBe(`${step} won by ${won.indexOf(true)}`);
      }
    });

    it('keeps any well-formed text of up to 4,096 characters, and refuses a longer one or a name of none or more than 200', async () => {
      const { store } = await openFresh(target);
      const value = `{"$where":"1","a.b":"'\\"} `.padEnd(4_096, '\u00e9');
      expect(await store.putNote('n'.repeat(200), null, value)).toBe(true);
      expect(await store.note('n'.repeat(200))).toBe(value);
      for (const run of [
        () => store.putNote('n'.repeat(201), null, 'x'),
        () => store.putNote('', null, 'x'),
        () => store.putNote('long', null, 'x'.repeat(4_097)),
        () => store.putNote('half', null, '\ud800'),
      ]) {
        expect(await failureOf(run())).toMatchObject({ name: 'StoreError', kind: 'invalid' });
      }
    });
  });
}
