// Station: test/ui. `chatbox takeover` in a real terminal (tmux), beside a user in `chatbox chat`: what both see, and that the terminals are as they were afterwards.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../helpers/app.js';
import { deskTerminals, typesUntilSeen } from '../helpers/desk-terminals.js';
import { type GatedModel, gatedModel } from '../helpers/gated-model.js';
import { eventually } from '../helpers/poll.js';
import { hasTmux } from '../helpers/tmux.js';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe.runIf(hasTmux())('chatbox takeover in a terminal', () => {
  let app: TestApp;
  let model: GatedModel;

  beforeEach(async () => {
    model = gatedModel();
    app = await startApp({ providers: [model.provider] });
  });
  afterEach(() => app.stop());

  const desk = () => deskTerminals(app);

  /** A user whose answer is being written, and an admin who took the session from the list. */
  async function taken(
    size?: readonly [number, number],
    args: readonly string[] = [],
    nodeArgs: readonly string[] = [],
  ) {
    const { user, admin, folder } = await desk();
    const ada = await user();
    await ada.shows('connected · gated');
    await ada.type('hello there', 'Enter');
    const question = await model.question(0);
    question.say('Half an ans');
    await ada.shows('Half an ans');
    const bea = await admin(args, 'bea', size, nodeArgs);
    await bea.shows(/ada +active/);
    await bea.type('Enter');
    await bea.shows('you hold it');
    return { ada, bea, folder, question };
  }

  it('picks a session, silences the model at once, talks, hands back with a note, and leaves the terminal as it was', async () => {
    const { ada, bea, question } = await taken();
    expect(question.isAborted).toBe(true);
    await bea.shows('User: hello there');
    await bea.shows('Half an ans');
    await bea.shows('[interrupted]');
    await ada.shows('joined the conversation');
    await bea.type('Good day, I am a person', 'Enter');
    await ada.shows('Good day, I am a person');
    await typesUntilSeen(ada, bea, 'The user is typing…');
    await ada.type(' at last', 'Enter');
    await bea.shows(/User: \.+ at last/);
    await bea.type('C-b');
    await bea.shows('A note to it');
    await bea.type('be brief', 'Enter');
    await ada.shows('the model answers again');
    await bea.shows('not held by you');
    // Who spoke is known also when they have left.
    await bea.shows('bea: Good day, I am a person');
    await ada.type('and now', 'Enter');
    const next = await model.question(1);
    expect(next.request.messages.some(({ content }) => content.includes('be brief'))).toBe(true);
    await bea.type('C-d');
    await bea.shows('ended with 0');
    await bea.shows('unchanged');
    expect(await bea.ask('#{alternate_on}')).toMatch(/^0/);
    expect(await bea.screen()).not.toContain('Good day');
  });

  it('stands whole in a terminal of 20 x 5, and follows the size of its window while an answer comes in', async () => {
    const { user, admin } = await desk();
    const ada = await user();
    await ada.shows('connected');
    await ada.type('hello', 'Enter');
    const question = await model.question(0);
    const bea = await admin(['--watch'], 'bea', [20, 5]);
    await bea.shows('ada');
    await bea.type('w');
    question.say('one two three four five six seven eight nine ten eleven twelve thirteen');
    await bea.shows('thirteen');
    await bea.resize(60, 12);
    question.say(' fourteen');
    await bea.shows(/gated: one two three four five six seven eight nine ten\neleven twelve/);
    await bea.shows('watching, the model answers');
    await bea.resize(20, 5);
    question.say(' fifteen');
    await bea.shows('fifteen');
    const lines = (await bea.screen()).trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(5);
    expect(lines.every((line) => line.length <= 20)).toBe(true);
    await ada.shows('fifteen');
    expect(await ada.screen()).not.toContain('joined');
  });

  it('asks before it quits with a held session or a draft, and hands back when it does', async () => {
    const { ada, bea } = await taken();
    await bea.type('half a thought');
    await bea.type('C-c');
    await bea.shows('Quit? (y/N) you hold a session, which goes back to the model; a draft would');
    await bea.type('n');
    await bea.shows('> half a thought');
    await bea.type('C-c');
    await bea.shows('Quit?');
    await bea.type('y');
    await bea.shows('ended with 0');
    await ada.shows('the model answers again');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('is off the terminal after %s', async (signal) => {
    const { bea } = await taken();
    process.kill(await bea.pid(), signal);
    await bea.shows('ended with 130');
    await bea.shows('unchanged');
    expect(await bea.ask('#{alternate_on} #{cursor_flag} #{bracket_paste_flag}')).toMatch(/^0 1 (0|)\s*$/);
  });

  it('is off the terminal after a crash', async () => {
    // Something throws where nobody catches it, while the screen is on.
    const crash = 'process.on(`SIGUSR2`, () => { throw new Error(`out of nowhere`); })';
    const { bea } = await taken(undefined, [], ['--import', `data:text/javascript,${encodeURIComponent(crash)}`]);
    process.kill(await bea.pid(), 'SIGUSR2');
    await bea.shows(/ended with [1-9]/);
    await bea.shows('unchanged');
    expect(await bea.ask('#{alternate_on} #{cursor_flag} #{bracket_paste_flag}')).toMatch(/^0 1 (0|)\s*$/);
  });

  it('gives back what it holds and ends when its window is closed', async () => {
    const { ada, bea } = await taken();
    const pid = await bea.pid();
    await bea.close();
    await ada.shows('the model answers again');
    await eventually(() => !isAlive(pid), { timeoutMs: 10_000, what: 'the process to end' });
  });

  it('offers to take a session from the colleague who holds it', async () => {
    const { ada, bea } = await taken();
    const { admin } = await desk();
    const cleo = await admin([], 'cleo');
    await cleo.shows(/ada +held by/);
    await cleo.type('Enter');
    await cleo.shows('Take it from them? (y/N)');
    await cleo.type('y');
    await cleo.shows('you hold it');
    await bea.shows('took it over');
    await cleo.type('now it is me', 'Enter');
    await ada.shows('now it is me');
  });

  it('whispers to the model while it watches, and the user sees nothing of it', async () => {
    const { user, admin } = await desk();
    const ada = await user();
    await ada.shows('connected');
    await ada.type('hello', 'Enter');
    const question = await model.question(0);
    question.say('Hi');
    question.end();
    const bea = await admin();
    await bea.shows(/ada +active/);
    await bea.type('w');
    await bea.shows('watching, the model answers');
    await bea.type('C-o');
    await bea.type('offer a refund', 'Enter');
    await bea.shows('The model was told');
    await ada.type('well?', 'Enter');
    const next = await model.question(1);
    expect(next.request.messages.some(({ content }) => content.includes('offer a refund'))).toBe(true);
    expect(await ada.screen()).not.toContain('refund');
  });

  it('shows who asks for help first, filters, and takes canned replies from a file', async () => {
    const { user, admin, folder } = await desk();
    const replies = join(folder, 'replies.txt');
    await writeFile(replies, 'Greeting\nGood day! How can I help?\n---\nOne moment please.\n');
    const cid = await user('cid');
    await cid.shows('connected');
    await cid.type('one', 'Enter');
    (await model.question(0)).end();
    const dan = await user('dan');
    await dan.shows('connected');
    await dan.type('two', 'Enter');
    (await model.question(1)).end();
    await cid.type('C-g');
    await cid.shows('A person was asked to join');
    const bea = await admin(['--replies', replies]);
    await bea.shows(/cid +needs help[^\n]*\n[^\n]*dan +active/);
    await bea.type('/');
    await bea.type('dan', 'Enter');
    await bea.shows(/USER[^\n]*\ndan /);
    expect(await bea.screen()).not.toContain('cid ');
    await bea.type('Escape');
    await bea.shows('needs help');
    await bea.type('Enter');
    await bea.shows('you hold it');
    await bea.type('/');
    await bea.shows('Greeting');
    await bea.type('moment', 'Enter');
    await bea.shows('> One moment please.');
    await bea.type('Enter');
    await cid.shows('One moment please.');
  });

  it('holds several sessions in tabs, each with a draft of its own', async () => {
    const { user, admin } = await desk();
    for (const name of ['cid', 'dan']) {
      const who = await user(name);
      await who.shows('connected');
      await who.type(`I am ${name}`, 'Enter');
      (await model.question(name === 'cid' ? 0 : 1)).end();
    }
    const bea = await admin();
    await bea.shows(/dan +active/);
    await bea.type('Enter');
    await bea.shows('User: I am dan');
    await bea.type('draft for dan');
    await bea.type('C-s');
    await bea.type('Down', 'Enter');
    await bea.shows('User: I am cid');
    await bea.type('draft for cid');
    await bea.type('Tab');
    await bea.shows('STATE');
    await bea.type('Tab');
    await bea.shows('> draft for dan');
    await bea.type('M-2');
    await bea.shows('> draft for cid');
  });
});
