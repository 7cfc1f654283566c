// Values that mean something to a database, to Unicode or to a parser, through the whole server on each store: kept as they are, or refused with what is wrong.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OutboundFrame } from '../../src/protocol/outbound.js';
import type { TestApp } from '../helpers/app.js';
import { appStores } from '../helpers/app-stores.js';
import { gatedModel } from '../helpers/gated-model.js';
import { connect, type WireClient } from '../helpers/wire-client.js';

const stores = await appStores();

const mib = 2 ** 20;
const half = 'half \ud800 a pair, and \udc00 the other';
/** Operators, paths, quotes, names that every object has, and half of a surrogate pair. */
const words = [
  '$where',
  '$ne',
  '{"$gt":""}',
  'a.b',
  'a.$[].b',
  '$$ROOT',
  `x' OR 1=1 --`,
  '"; DROP TABLE entry; --',
  'constructor',
  'hasOwnProperty',
  '%00',
] as const;

describe.each(stores.map((store) => [store.name, store] as const))('hostile values on %s', (_, store) => {
  let app: TestApp;
  beforeEach(async () => {
    // A model that never answers: the log holds what was sent.
    app = await store.start({ providers: [gatedModel().provider] });
  });
  afterEach(() => app.stop());

  const isAck = (id: string) => (frame: OutboundFrame) => frame.type === 'message_ack' && frame.message_id === id;

  async function send(client: WireClient, id: string, content: string, metadata?: object): Promise<OutboundFrame> {
    client.send({ type: 'user_message', content, message_id: id, ...(metadata === undefined ? {} : { metadata }) });
    return await client.until(`the ack of ${id}`, isAck(id));
  }

  const historyOf = async (userId: string, sessionId: string) =>
    (await app.http(userId, 'GET', `/sessions/${sessionId}`)).body.messages as Record<string, unknown>[];

  it('$where, dotted and $ keys in metadata, quotes and lone surrogates come back as they were sent', async () => {
    const metadata = Object.fromEntries([...words, '', '\ud800'].map((word, at) => [word, `v${at} ${word} \udfff`]));
    const content = `${words.join(' ')} ${half}`;
    const ada = await connect(app, 'ada');
    const { session_id: session = '' } = await send(ada, 'm', content, metadata);
    const [stored] = await historyOf('ada', session);
    expect(stored).toMatchObject({ content, message_id: 'm' });
    expect(stored?.metadata).toEqual(metadata);
    const desk = await connect(app, 'ada', { query: `?session_id=${session}&last_seq=0` });
    const again = await desk.until('the message', ({ seq, type }) => seq === 1 && type === 'user_message');
    expect(again.content).toBe(content);
    expect(again.metadata).toEqual(metadata);
    const { status, body } = await app.http('ada', 'PATCH', `/sessions/${session}`, { name: `$where a.b ${half}` });
    expect([status, body.name]).toEqual([200, `$where a.b ${half}`]);
    const { body: list } = await app.http('ada', 'GET', '/sessions');
    expect(list.sessions).toMatchObject([{ id: session, name: `$where a.b ${half}` }]);
  });

  it('ids and users of such names are apart from all others, and the same send again is the same', async () => {
    const seqs: unknown[] = [];
    const ada = await connect(app, 'ada');
    for (const word of words) seqs.push((await send(ada, word, 'x')).seq);
    expect(seqs).toEqual(words.map((_word, at) => at + 1));
    for (const [at, word] of words.entries()) expect((await send(ada, word, 'x')).seq).toBe(at + 1);
    const others = words.slice(0, 5);
    for (const word of others) await send(await connect(app, word), 'x', `of ${word}`);
    for (const word of others) {
      const { body } = await app.http(word, 'GET', '/sessions');
      expect(body.sessions).toMatchObject([{ name: `of ${word}` }]);
      const query = `?user_id=${encodeURIComponent(word)}`;
      const admin = await app.http('root', 'GET', `/admin/sessions${query}`, undefined, ['admin']);
      expect(admin.body.sessions).toMatchObject([{ user_id: word }]);
    }
    const anybody = encodeURIComponent('{"$ne":null}');
    expect((await app.http('eve', 'GET', `/sessions/${anybody}`)).status).toBe(404);
    expect((await app.http('eve', 'GET', `/shared/${anybody}`)).status).toBe(404);
    const none = await app.http('root', 'GET', `/admin/sessions?user_id=${anybody}`, undefined, ['admin']);
    expect(none.body.sessions).toEqual([]);
  });

  it('what cannot be kept as it is, and what is no UTF-8, is refused by name; the socket lives and nothing is stored', async () => {
    const ada = await connect(app, 'ada');
    const frame = (fields: string) => `{"type":"user_message","content":"x",${fields}}`;
    const refused: readonly (readonly [string | Buffer, RegExp])[] = [
      [frame('"message_id":"p","metadata":{"__proto__":"x"}'), /^"metadata" must not have the key __proto__\.$/],
      [frame('"message_id":"half \\ud800"'), /^"message_id" must not hold half of a surrogate pair\.$/],
      [
        frame('"message_id":"p","session_id":"half \\udc00"'),
        /^"session_id" must not hold half of a surrogate pair\.$/,
      ],
      [frame('"message_id":"p","model_id":"half \\ud83d"'), /^"model_id" must not hold half of a surrogate pair\.$/],
      [
        Buffer.concat([Buffer.from(frame('"message_id":"p"').slice(0, -2)), Buffer.from([0xff, 0xfe, 0x22, 0x7d])]),
        /UTF-8/,
      ],
    ];
    for (const [data, why] of refused) {
      ada.sendRaw(data);
      const { error } = await ada.until('the refusal', ({ type }) => type === 'error');
      expect(error).toMatchObject({ code: 'INVALID_FORMAT', recoverable: true });
      expect(error?.message).toMatch(why);
    }
    expect((await app.http('ada', 'GET', '/sessions')).body.count).toBe(0);
    const headers = { authorization: `Bearer ${await app.token('ada')}`, 'content-type': 'application/json' };
    const body = Buffer.from([0x7b, 0x22, 0x6e, 0x61, 0x6d, 0x65, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]);
    expect((await fetch(`${app.httpUrl}/sessions`, { method: 'POST', headers, body })).status).toBe(400);
    expect((await app.http('ada', 'GET', '/sessions')).body.count).toBe(0);
    expect(await send(ada, 'good', 'x')).toMatchObject({ seq: 1 });
  });

  it('16 MiB in one frame or one request are refused, and the other device goes on', async () => {
    const witness = await connect(app, 'ada');
    const ada = await connect(app, 'ada');
    ada.sendRaw(JSON.stringify({ type: 'user_message', content: 'x'.repeat(16 * mib), message_id: 'large' }));
    expect(await ada.closed).toBe(1009);
    const { status } = await app.http('ada', 'POST', '/sessions', { name: 'x'.repeat(16 * mib) });
    expect(status).toBe(413);
    expect((await app.http('ada', 'GET', '/sessions')).body.count).toBe(0);
    expect(await send(witness, 'small', 'x')).toMatchObject({ seq: 1 });
  });
});
