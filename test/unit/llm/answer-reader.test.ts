// Station: test/unit. One answer from its bytes, wherever they break off and whatever they are.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerReader } from '../../../src/server/llm/openai/answer-reader.js';
import { type Completion, LlmError } from '../../../src/server/ports/llm.js';
import { createFakeClock } from '../../helpers/fake-clock.js';
import { answer, type Reply } from '../../helpers/openai-replies.js';

const bytesOf = (reply: Reply): Buffer =>
  Buffer.concat(reply.flatMap((step) => (step.kind === 'send' ? [step.bytes] : [])));

const whole = bytesOf(answer(['Hel', 'lö', ' 😀'], { usage: { promptTokens: 3, completionTokens: 4 } }));
/** Where the event that says why it ended is over, but for its blank line. */
const finishAt = whole.indexOf('"finish_reason":"stop"') + '"finish_reason":"stop"}]}'.length;

interface Outcome {
  readonly text: string;
  readonly ended: Completion | LlmError;
  readonly abandoned: boolean;
}

/** Feeds packets, then the end that `last` names. */
async function read(packets: readonly Buffer[], last: 'end' | 'reset'): Promise<Outcome> {
  const clock = createFakeClock();
  let text = '';
  let abandoned = false;
  const body = {
    read: () => undefined,
    abandon: () => {
      abandoned = true;
    },
  };
  const reader = new AnswerReader(
    body,
    (piece) => {
      text += piece;
    },
    clock,
  );
  const ended = reader.completion.catch((error: unknown) => error);
  for (const packet of packets) reader.data(packet);
  if (last === 'end') reader.end();
  else reader.fail(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
  // Nothing that comes later is heard.
  const heard = text;
  reader.data(bytesOf(answer(['late'])));
  expect(text).toBe(heard);
  expect(clock.pending).toBe(0);
  return { text, ended: (await ended) as Completion | LlmError, abandoned };
}

describe('an answer', () => {
  it('R24: that breaks off at any byte is complete only if the reason to finish was whole by then', async () => {
    for (let at = 0; at <= whole.length; at += 1) {
      for (const last of ['end', 'reset'] as const) {
        const { ended, text } = await read([whole.subarray(0, at)], last);
        // A reset in the middle of an event gives nobody the chance to say that it was whole.
        const isWhole = last === 'end' ? at >= finishAt : at >= finishAt + 2;
        if (isWhole) {
          expect([at, last, ended]).toMatchObject([at, last, { finish: 'stop' }]);
          expect(text).toBe('Hellö 😀');
        } else {
          expect([at, last, ended]).toMatchObject([at, last, { kind: 'cut' }]);
          expect('Hellö 😀'.startsWith(text)).toBe(true);
        }
      }
    }
  });

  it('of any bytes at all ends, in a completion or in an LlmError', async () => {
    const noise = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
    const json = fc.json({ maxDepth: 3 }).map((text) => Buffer.from(`data: ${text}\n\n`));
    const real = fc.nat(whole.length).map((at) => whole.subarray(at, at + 120));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(noise, json, real), { maxLength: 8 }),
        fc.boolean(),
        async (packets, isReset) => {
          const { ended, abandoned } = await read(packets, isReset ? 'reset' : 'end');
          if (ended instanceof LlmError) expect(abandoned).toBe(true);
          else expect(['stop', 'length', 'filtered']).toContain(ended.finish);
        },
      ),
      { numRuns: 300 },
    );
  });
});
