// Station: test/ui. `chatbox takeover` in a real terminal (tmux) where things go wrong: hostile text from a user, a server that goes away.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../helpers/app.js';
import { deskTerminals } from '../helpers/desk-terminals.js';
import { eventually } from '../helpers/poll.js';
import { messageOf, seedOf } from '../helpers/store-fixtures.js';
import { temporaryFolder } from '../helpers/store-sqlite.js';
import { hasTmux } from '../helpers/tmux.js';

const hostile = {
  clipboard: '\u001b]52;c;cm0gLXJmIC8=\u0007',
  clipboard8Bit: '\u009d52;c;cm0gLXJmIC8=\u009c',
  title: '\u001b]0;owned\u0007',
  screen: '\u001b[2J\u001b[1;1H\u001b[?1049l',
  screen8Bit: '\u009b2J\u009b1;1H',
  c1: '\u0085\u008d\u0090\u009e',
  bidi: '\u202egnp.exe\u202c\u2066\u2069\u200f',
};
const all = Object.values(hostile).join('x');

describe.runIf(hasTmux())('chatbox takeover in a terminal, when things go wrong', () => {
  const running: TestApp[] = [];
  const start = async (...args: Parameters<typeof startApp>) => {
    const app = await startApp(...args);
    running.push(app);
    return app;
  };
  afterEach(async () => {
    for (const app of running.splice(0)) await app.stop();
  });

  it('hostile text (OSC 52, CSI, C1, bidi) in names and messages reaches no terminal, in the list and in the conversation', async () => {
    const app = await start();
    await app.store.createSession(
      seedOf({ id: 'evil', userId: `mal${all}lory`, name: `na${all}me`, startedAt: Date.now() }),
    );
    await app.store.append(
      'evil',
      1,
      messageOf('m1', { authorId: 'mallory', content: `before ${all} after`, at: Date.now() }),
    );
    const { admin, folder } = await deskTerminals(app);
    const bea = await admin();
    const raw = join(folder, 'raw');
    await bea.record(raw);
    await bea.shows(/malxx/);
    // The last line too, which is shown when it is asked for; a new size makes the screen be drawn whole.
    await bea.type('l');
    await bea.shows('before');
    await bea.resize(100, 30);
    await bea.type('Enter');
    await bea.shows('you hold it');
    await bea.shows(/User: before x.* after/);
    await bea.resize(80, 24);
    await bea.shows(/User: before x.* after/);
    const written = await eventually(
      async () => {
        const bytes = await readFile(raw);
        return bytes.includes('before') ? bytes : null;
      },
      { timeoutMs: 5_000, what: 'the recorded bytes' },
    );
    const text = written.toString('utf8');
    expect(text).toContain('after');
    expect(text.includes('\u001b]52'), 'the clipboard is written').toBe(false);
    expect(text.includes('owned') && /\u001b\][02];[^\u0007]*owned/.test(text), 'the title is written').toBe(false);
    expect(text).not.toMatch(/[\u0080-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f]/u);
    // The alternate screen is left once, at the end, by the desk itself; not by a user's text.
    expect(text).not.toContain('\u001b[?1049l');
  });

  it('keeps the draft, and the session, while the server is away, and sends it when it is back', async () => {
    const dataDir = await temporaryFolder();
    const first = await start({ dataDir });
    const { port } = new URL(first.httpUrl);
    const { admin, user } = await deskTerminals(first);
    const ada = await user();
    await ada.shows('connected');
    await ada.type('hello', 'Enter');
    await ada.shows('You said: hello');
    const bea = await admin();
    await bea.shows(/ada +active/);
    await bea.type('Enter');
    await bea.shows('you hold it');
    await bea.type('half a thought');
    await bea.shows('> half a thought');
    await first.stop();
    running.splice(0);
    await bea.shows('reconnecting');
    await bea.type(' and its end');
    await bea.shows('> half a thought and its end');
    await start({
      dataDir,
      settings: (defaults) => ({ ...defaults, listen: { host: '127.0.0.1', port: Number(port) } }),
    });
    await bea.shows(/you hold it .* connected/);
    await bea.shows('> half a thought and its end');
    await bea.type('Enter');
    await ada.shows('bea: half a thought and its end');
  }, 40_000);
});
