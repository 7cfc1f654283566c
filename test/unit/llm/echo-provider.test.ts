// Station: test/unit. The echo model: what it says, when, and how it fails, on a clock of the test's own.
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../../src/common/clock.js';
import type { Random } from '../../../src/common/random.js';
import { failureKinds } from '../../../src/server/llm/echo/echo-options.js';
import { createEchoProvider, type EchoSettings } from '../../../src/server/llm/echo/echo-provider.js';
import type { EchoScript } from '../../../src/server/llm/echo/echo-script.js';
import type { LlmMessage } from '../../../src/server/ports/llm.js';
import { createFakeClock } from '../../helpers/fake-clock.js';

const fixed: Random = { bytes: (length) => new Uint8Array(length), fraction: () => 0.75 };
const user = (content: string): LlmMessage => ({ role: 'user', content });
const model = (content: string): LlmMessage => ({ role: 'assistant', content });

/** Starts an answer on a clock that stands still; each piece is heard with its time. */
function start(messages: string | readonly LlmMessage[], settings: Partial<EchoSettings> = {}) {
  const clock = createFakeClock();
  const caller = new AbortController();
  const heard: { readonly at: number; readonly piece: string }[] = [];
  const provider = createEchoProvider({ scripted: true, ...settings }, { clock, random: fixed });
  const outcome = provider
    .ask(
      { modelId: 'echo', messages: typeof messages === 'string' ? [user(messages)] : messages },
      (piece) => heard.push({ at: clock.monotonic(), piece }),
      caller.signal,
    )
    .catch((error: unknown) => error);
  return { clock, caller, heard, outcome, text: () => heard.map(({ piece }) => piece).join('') };
}

/** The whole answer, and how it ended. */
async function whole(messages: string | readonly LlmMessage[], settings: Partial<EchoSettings> = {}) {
  const run = start(messages, settings);
  await run.clock.advanceAsync(3_600_000);
  return { text: run.text(), ended: await run.outcome, heard: run.heard };
}

describe('the echo model', () => {
  it('says what the user said, a word every 30 ms', async () => {
    const { heard, ended } = await whole('hello  there\nyou');
    expect(heard).toEqual([
      { at: 30, piece: 'You' },
      { at: 60, piece: ' said:' },
      { at: 90, piece: ' hello' },
      { at: 120, piece: '  there' },
      { at: 150, piece: '\nyou' },
    ]);
    expect(ended).toEqual({ finish: 'stop', usage: { promptTokens: 6, completionTokens: 9 } });
  });

  it('R3: says it verbatim', async () => {
    const odd = '  <b>&amp;</b>\t"q"\r\n\u2028 end  ';
    expect((await whole(odd)).text).toBe(`You said: ${odd}`);
  });

  it('answers all that nobody has answered, and nothing before', async () => {
    const messages = [
      user('old'),
      model('You said: old'),
      user('one'),
      { ...model('two'), name: 'Anna' },
      user('three'),
    ];
    expect((await whole(messages)).text).toBe('You said: three');
    expect((await whole([{ role: 'system', content: 'Be brief.' }, user('hi')])).text).toBe('You said: hi');
    expect((await whole([])).text).toBe('You said: ');
  });

  it('leaves out what was said to a colleague, who has answered it, and says all that came after', async () => {
    const colleague: LlmMessage = { role: 'assistant', name: 'Bea', content: '[Bea, a human colleague, said:] hi' };
    const back: LlmMessage = { role: 'system', content: 'Bea has handed the conversation back to you.' };
    const note: LlmMessage = { role: 'system', content: '[be brief]' };
    const held = [user('one'), colleague, user('thank you'), back];
    expect((await whole([...held, user('and now')])).text).toBe('You said: and now');
    expect((await whole([...held, user('and now'), note, user('well?')])).text).toBe('You said: and now\nwell?');
    // Who joined and said nothing has answered nothing.
    expect((await whole([user('one'), back, user('two')])).text).toBe('You said: one\ntwo');
  });

  it('R18: recites the conversation that it was given', async () => {
    const messages: LlmMessage[] = [
      { role: 'system', content: 'Be brief.' },
      user('my name is Ada'),
      { ...model('Hello Ada'), name: 'Anna' },
      user('/echo recite'),
    ];
    expect((await whole(messages)).text).toBe(
      'Before this, I was given:\n1. system: Be brief.\n2. user: my name is Ada\n3. assistant (Anna): Hello Ada',
    );
    expect((await whole('/echo recite')).text).toBe('Nothing was said before this.');
  });

  it('takes no directive where that is off', async () => {
    expect((await whole('/echo fail=auth', { scripted: false })).text).toBe('You said: /echo fail=auth');
  });

  it('has the speed that its settings give it, and the models', async () => {
    const defaults: Partial<EchoScript> = { firstDelayMs: 150, delayMs: 20, piece: { unit: 'chars', size: 8 } };
    const { heard } = await whole('hello there', { defaults });
    expect(heard).toEqual([
      { at: 150, piece: 'You said' },
      { at: 170, piece: ': hello ' },
      { at: 190, piece: 'there' },
    ]);
    const provider = createEchoProvider(
      { name: 'e', models: [{ id: 'a', name: 'A' }], scripted: false },
      { clock: systemClock, random: fixed },
    );
    expect([provider.name, provider.models, provider.health()]).toEqual(['e', [{ id: 'a', name: 'A' }], { ok: true }]);
    await expect(provider.close()).resolves.toBeUndefined();
  });

  it('cuts no character in two, unless it is told to', async () => {
    const plain = await whole('😀😀😀', { defaults: { piece: { unit: 'chars', size: 1 } } });
    expect(plain.heard.map(({ piece }) => piece).slice(-3)).toEqual(['😀', '😀', '😀']);
    const cut = await whole('/echo split=1 delay=0 unicode');
    expect(cut.heard.every(({ piece }) => piece.length === 1)).toBe(true);
    expect(cut.heard.some(({ piece }) => piece.charCodeAt(0) >= 0xd800 && piece.charCodeAt(0) <= 0xdfff)).toBe(true);
    expect(cut.text).toBe((await whole('/echo unicode')).text);
    expect(cut.text).toMatch(/\u{1F468}\u200D\u{1F469}/u);
  });
});

describe('a directive', () => {
  it('sets the length, exactly', async () => {
    expect((await whole('/echo words=50 delay=0')).text.split(' ')).toHaveLength(50);
    expect((await whole('/echo chars=12345 delay=0')).text).toHaveLength(12_345);
  });

  it('sets the speed: before the first piece, between pieces, words in a piece', async () => {
    const { heard } = await whole('/echo first=1s delay=10ms chunk=2 a b c');
    expect(heard).toEqual([
      { at: 1_000, piece: 'You said:' },
      { at: 1_010, piece: ' a b' },
      { at: 1_020, piece: ' c' },
    ]);
  });

  it('keeps to its time though timers are late: what is due by then comes at once', async () => {
    const clock = createFakeClock();
    const lateClock: Clock = { ...clock, after: (ms, run) => clock.after(ms + 25, run) };
    const heard: number[] = [];
    const provider = createEchoProvider({ scripted: true }, { clock: lateClock, random: fixed });
    const request = { modelId: 'echo', messages: [user('/echo delay=10ms words=100')] };
    const answered = provider.ask(request, () => heard.push(clock.monotonic()), new AbortController().signal);
    await clock.advanceAsync(1_025);
    await answered;
    expect(heard.slice(0, 6)).toEqual([35, 35, 35, 65, 65, 65]);
    expect(heard).toHaveLength(100);
  });

  it('keeps fractions of a millisecond', async () => {
    const { clock, heard } = start('/echo delay=0.3ms words=100');
    await clock.advanceAsync(31);
    expect(heard).toHaveLength(100);
  });

  it('lets the waits stray', async () => {
    const { heard } = await whole('/echo delay=100ms jitter=50% words=2');
    expect(heard.map(({ at }) => at)).toEqual([125, 250]);
  });

  it.each(failureKinds)('fails by %s before the first piece', async (kind) => {
    const { ended, heard } = await whole(`/echo fail=${kind} hello`);
    expect(ended).toMatchObject({ name: 'LlmError', kind });
    expect(heard).toEqual([]);
  });

  it('fails after so many pieces, and says when to try again', async () => {
    const { ended, heard } = await whole('/echo words=50 delay=20ms fail=rate_limited after=3 retry_after=2s');
    expect(ended).toMatchObject({ kind: 'rate_limited', retryAfterMs: 2_000 });
    expect(heard).toHaveLength(3);
  });

  it('fails at the end of an answer that is shorter than that', async () => {
    const { ended, heard } = await whole('/echo words=2 cut after=9');
    expect(ended).toMatchObject({ kind: 'cut' });
    expect(heard).toHaveLength(2);
  });

  it('is empty', async () => {
    expect((await whole('/echo empty')).ended).toMatchObject({ kind: 'empty' });
  });

  it('stalls for a while, then goes on', async () => {
    const { heard, ended } = await whole('/echo stall=5s after=1 delay=10ms words=3');
    expect(heard.map(({ at }) => at)).toEqual([10, 5_020, 5_030]);
    expect(ended).toMatchObject({ finish: 'stop' });
  });

  it('stalls, then fails', async () => {
    const { clock, outcome, heard } = start('/echo stall=5s fail=idle after=1 delay=10ms words=3');
    await clock.advanceAsync(5_019);
    expect(heard).toHaveLength(1);
    await clock.advanceAsync(1);
    expect(await outcome).toMatchObject({ kind: 'idle' });
  });

  it('stalls for ever, before the first piece or in the middle, until it is stopped', async () => {
    for (const after of [0, 2]) {
      const { clock, caller, outcome, heard } = start(`/echo stall=forever after=${after} words=9`);
      await clock.advanceAsync(3_600_000);
      expect(heard).toHaveLength(after);
      expect(clock.pending).toBe(0);
      caller.abort();
      expect(await outcome).toMatchObject({ kind: 'aborted' });
    }
  });

  it.each([
    ['finish=length', { finish: 'length' }],
    ['finish=filtered', { finish: 'filtered' }],
    ['usage=none', { usage: null }],
    ['usage=120/45', { usage: { promptTokens: 120, completionTokens: 45 } }],
    ['words=3', { usage: { promptTokens: 5, completionTokens: 4 } }],
  ])('%s is how it ends', async (option, ended) => {
    expect((await whole(`/echo ${option}`)).ended).toMatchObject(ended);
  });

  it('that is mistaken is answered with what is wrong', async () => {
    expect((await whole('/echo wrods=5')).text).toBe('There is no option "wrods". Say "/echo help" for the list.');
  });

  it('may ask for help', async () => {
    expect((await whole('/echo help')).text).toContain('words=… (a number): Answer with so many words.');
  });
});

describe('an echo that is stopped', () => {
  it('ends at once, with no piece after it and no timer left', async () => {
    const { clock, caller, outcome, heard } = start('/echo words=100 delay=10ms');
    await clock.advanceAsync(35);
    caller.abort();
    expect(await outcome).toMatchObject({ kind: 'aborted' });
    expect(clock.pending).toBe(0);
    await clock.advanceAsync(1_000);
    expect(heard).toHaveLength(3);
  });

  it('from within a piece says no further one', async () => {
    const caller = new AbortController();
    const heard: string[] = [];
    const provider = createEchoProvider({ scripted: true }, { clock: systemClock, random: fixed });
    const outcome = provider.ask(
      { modelId: 'echo', messages: [user('/echo words=1000 delay=0')] },
      (piece) => {
        heard.push(piece);
        caller.abort();
      },
      caller.signal,
    );
    await expect(outcome).rejects.toMatchObject({ kind: 'aborted' });
    expect(heard).toHaveLength(1);
  });

  it('before it began says nothing', async () => {
    const provider = createEchoProvider({ scripted: true }, { clock: systemClock, random: fixed });
    const outcome = provider.ask({ modelId: 'echo', messages: [user('hi')] }, () => undefined, AbortSignal.abort());
    await expect(outcome).rejects.toMatchObject({ kind: 'aborted' });
  });
});

describe('a long echo at full speed', () => {
  it('R10: lets others run all the while', async () => {
    const provider = createEchoProvider({ scripted: true }, { clock: systemClock, random: fixed });
    let turns = 0;
    let isDone = false;
    const turn = (): void => {
      turns += 1;
      if (!isDone) setImmediate(turn);
    };
    setImmediate(turn);
    let pieces = 0;
    await provider.ask(
      { modelId: 'echo', messages: [user('/echo words=20000 delay=0')] },
      () => {
        pieces += 1;
      },
      new AbortController().signal,
    );
    isDone = true;
    expect(pieces).toBe(20_000);
    expect(turns).toBeGreaterThan(20);
  });

  it('says nothing before whoever asked has got the promise', () => {
    const { heard, clock } = start('/echo delay=0 hi');
    expect(heard).toEqual([]);
    clock.advance(0);
    expect(heard.length).toBeGreaterThan(0);
  });
});
