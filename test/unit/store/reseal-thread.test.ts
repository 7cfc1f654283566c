// The thread that seals anew: it gives what this thread would give, and whatever becomes of it, no page is lost.
import { EventEmitter } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/common/clock.js';
import { systemRandom } from '../../../src/common/random.js';
import type { Envelopes, NewEnvelopes } from '../../../src/server/store/encryption/envelopes.js';
import { createKeyring } from '../../../src/server/store/encryption/keyring.js';
import {
  type ResealHost,
  type ResealThread,
  startResealThread,
  startResealWorker,
} from '../../../src/server/store/encryption/reseal-thread.js';
import type { FromResealer } from '../../../src/server/store/encryption/reseal-worker.js';
import { createFakeClock } from '../../helpers/fake-clock.js';
import { testKeys } from '../../helpers/store-sqlite.js';

const old = createKeyring(testKeys, systemRandom, true);
const keyring = createKeyring([...testKeys].reverse(), systemRandom, true);
const stranger = createKeyring([{ id: 'k9', bytes: new Uint8Array(32).fill(9) }], systemRandom, true);
const texts = ['', 'words', 'ü😀'.repeat(20_000), 'x'.repeat(200)];

/** What opens and, in the last three, what does not: a key that nobody here has, what was moved, and no envelope at all. */
function page(): Envelopes & { readonly expected: readonly (string | null)[] } {
  const places = [...texts, 'of another key', 'moved', 'none'].map((_, at) => `place ${at}`);
  const sealed = texts.map((text, at) => old.seal(text, `place ${at}`).sealed);
  const others = [stranger.seal('a', 'place 4').sealed, old.seal('a', 'place 0').sealed, 'cbx1:'];
  return { envelopes: [...sealed, ...others], places, expected: [...texts, null, null, null] };
}

function openedBy(anew: NewEnvelopes): (string | null)[] {
  return anew.map((sealed, at) => {
    if (sealed === null) return null;
    expect(sealed).toMatch(/^cbx1:k2:/);
    const opened = keyring.open({ sealed }, `place ${at}`);
    return 'text' in opened ? opened.text : 'does not open';
  });
}

/** The real thread, once it is there, and how many pages went to it. */
async function realThread(onPage: (host: ResealHost) => void) {
  const warned: string[] = [];
  let pages = 0;
  let isReady = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  const thread = startResealThread({
    keyring,
    clock: systemClock,
    warn: (what) => warned.push(what),
    startHost(keys) {
      const host = startResealWorker(keys);
      const post = host.postMessage.bind(host);
      host.on('message', (message) => message === 'ready' && isReady());
      return Object.assign(host, {
        postMessage(message: Envelopes) {
          pages += 1;
          post(message);
          onPage(host);
        },
      });
    },
  });
  onTestFinished(() => thread.close());
  return { thread, ready, warned, pages: () => pages };
}

it('seals before it is there, and on the thread when it is: the same words at the same places, and null for what does not open', async () => {
  const { thread, ready, warned, pages } = await realThread(() => undefined);
  const first = page();
  expect(openedBy(await thread.reseal(first))).toEqual(first.expected);
  expect(pages()).toBe(0);
  await ready;
  const more = [page(), page(), page()];
  const anew = await Promise.all(more.map((each) => thread.reseal(each)));
  expect(pages()).toBe(3);
  expect(anew.map(openedBy)).toEqual(more.map(({ expected }) => expected));
  expect(new Set([...anew.flat()].filter((sealed) => sealed !== null)).size).toBe(3 * texts.length);
  await thread.close();
  expect(warned).toEqual([]);
});

it('loses no page when the thread dies in the middle: what it had is sealed here, and so is what comes after; said once', async () => {
  const { thread, ready, warned } = await realThread((host) => void host.terminate());
  await ready;
  const pages = [page(), page(), page()];
  const anew = await Promise.all(pages.map((each) => thread.reseal(each)));
  expect(anew.map(openedBy)).toEqual(pages.map(({ expected }) => expected));
  expect(openedBy(await thread.reseal(page()))).toEqual(page().expected);
  expect(warned).toEqual([expect.stringContaining('the thread that seals anew was lost')]);
});

/** A thread that takes pages and answers as it is told. */
class SilentHost extends EventEmitter implements ResealHost {
  readonly taken: Envelopes[] = [];
  postMessage(message: Envelopes): void {
    this.taken.push(message);
  }
  async terminate(): Promise<void> {
    this.emit('exit');
  }
  say(message: FromResealer): void {
    this.emit('message', message);
  }
}

function silentThread(): {
  thread: ResealThread;
  host: SilentHost;
  warned: string[];
  clock: ReturnType<typeof createFakeClock>;
} {
  const [host, clock, warned] = [new SilentHost(), createFakeClock(), [] as string[]];
  const thread = startResealThread({ keyring, clock, warn: (what) => warned.push(what), startHost: () => host });
  host.say('ready');
  return { thread, host, warned, clock };
}

it('waits 10 s for an answer and no longer, and then seals here', async () => {
  const { thread, host, warned, clock } = silentThread();
  const given = page();
  const sealing = thread.reseal(given);
  clock.advance(9_999);
  expect(warned).toEqual([]);
  clock.advance(1);
  expect(openedBy(await sealing)).toEqual(given.expected);
  expect(warned).toEqual([expect.stringContaining('no answer in 10 s')]);
  await thread.reseal(page());
  expect(host.taken).toHaveLength(1);
  expect(clock.pending).toBe(0);
});

it('gives the thread four pages at a time, and an answer of another length counts as none', async () => {
  const { thread, host } = silentThread();
  const sealings = Array.from({ length: 5 }, () => thread.reseal(page()));
  expect(host.taken).toHaveLength(4);
  expect(openedBy((await sealings[4]) ?? [])).toEqual(page().expected);
  host.say([]);
  expect(openedBy((await sealings[0]) ?? [])).toEqual(page().expected);
  await thread.close();
  expect((await Promise.all(sealings)).map(openedBy)).toEqual(sealings.map(() => page().expected));
});
