// Station: test. What a request may carry: credentials and the query of /ws.
import { describe, expect, it } from 'vitest';
import { attachRequestOf, splitTarget } from '../../../src/server/door/attach-query.js';
import { tokenOf } from '../../../src/server/door/credentials.js';

describe('a token', () => {
  it('stands in the Authorization header, with "bearer" in any case', () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      expect(tokenOf({ authorization: `${scheme} abc.def` })).toBe('abc.def');
    }
  });

  it('is the bad one of the header rather than a good one elsewhere', () => {
    const elsewhere = { protocols: 'chatbox.v1, bearer.good', queryToken: 'good' };
    expect(tokenOf({ authorization: 'Bearer bad', ...elsewhere })).toBe('bad');
    expect(tokenOf({ authorization: 'Basic dTpw', ...elsewhere })).toBe('');
    expect(tokenOf({ authorization: '', ...elsewhere })).toBe('');
  });

  it('stands in the subprotocol of a browser, before the query', () => {
    expect(tokenOf({ authorization: undefined, protocols: 'chatbox.v1, bearer.a.b-c', queryToken: 'q' })).toBe('a.b-c');
    expect(tokenOf({ authorization: undefined, protocols: 'bearer.a' })).toBe('a');
  });

  it('stands in the query last of all', () => {
    expect(tokenOf({ authorization: undefined, protocols: 'chatbox.v1', queryToken: 'q' })).toBe('q');
    expect(tokenOf({ authorization: undefined })).toBeNull();
  });
});

describe('the query of /ws', () => {
  const read = (target: string) => attachRequestOf(splitTarget(target).query);

  it('asks for a session and a place in it', () => {
    expect(read('/ws?session_id=s1&last_seq=7&turn_id=t1&index=120')).toEqual({
      sessionId: 's1',
      lastSeq: 7,
      turnId: 't1',
      index: 120,
    });
    expect(read('/ws?new=1')).toEqual({ fresh: true });
    expect(read('/ws?new=0')).toEqual({});
    expect(read('/ws')).toEqual({});
  });

  it('refuses nothing: what is unusable counts as absent', () => {
    expect(read(`/ws?session_id=${'x'.repeat(129)}&turn_id=${'t'.repeat(161)}`)).toEqual({});
    expect(read('/ws?session_id=&last_seq=-1&index=1.5')).toEqual({});
    expect(read('/ws?last_seq=99999999999999999999&index=9999999999999999')).toEqual({});
    expect(read('/ws?last_seq=abc&index=')).toEqual({});
    expect(read('/ws?session_id=%ff%00')).toBeTypeOf('object');
  });

  it('counts a session id in code points', () => {
    expect(read(`/ws?session_id=${encodeURIComponent('😀'.repeat(128))}`)).toEqual({ sessionId: '😀'.repeat(128) });
  });
});
