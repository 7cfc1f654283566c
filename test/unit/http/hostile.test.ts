// Station: test. Requests that nobody would send in earnest: none is answered with 500, none outside the form of the contract.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpRoutes } from '../../../src/protocol/http.js';
import { httpErrorSchema } from '../../../src/protocol/http-errors.js';
import type { RouteContract } from '../../../src/protocol/http-route.js';
import { type DoorBench, startDoor } from '../../helpers/http-door-bench.js';

let door: DoorBench;
beforeAll(async () => {
  door = await startDoor();
  door.chat.add('hers', 'grace', ['secret']);
});
afterAll(() => door.close());

const routes = Object.values<RouteContract>(httpRoutes);
const queryNames = [
  'limit',
  'offset',
  'cursor',
  'before',
  'status',
  'sort_by',
  'sort_order',
  'user_id',
  'start_time',
  'end_time',
  'format',
];

const word = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('hers', '__proto__', 'constructor', '..', '%00', '-1', '1e999', '\u202e', '=1+1', '{}', 'null'),
);
const request = fc.record({
  route: fc.constantFrom(...routes),
  method: fc.oneof(
    { weight: 4, arbitrary: fc.constant(null) },
    fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'),
  ),
  parameter: word,
  query: fc.array(fc.tuple(fc.oneof(fc.constantFrom(...queryNames), word), word), { maxLength: 5 }),
  authorization: fc.option(
    fc.oneof(fc.constantFrom('Bearer user:ada', 'Bearer admin:root'), fc.string({ maxLength: 60 })),
    { nil: undefined },
  ),
  type: fc.option(fc.oneof(fc.constant('application/json'), fc.string({ maxLength: 30 })), { nil: undefined }),
  body: fc.option(
    fc.oneof(
      fc.json({ maxDepth: 3 }),
      fc.string({ unit: 'binary' }),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    ),
    {
      nil: undefined,
    },
  ),
});

describe('a hostile request', () => {
  it('is answered as the contract says, whatever it is made of', async () => {
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(request, async ({ route, method, parameter, query, authorization, type, body }) => {
        const search = new URLSearchParams(query);
        const path = route.path.replace(/:\w+/, () => encodeURIComponent(parameter));
        const response = await door.app.inject({
          method: (method ?? route.method) as 'GET',
          url: `/chatbox${path}?${search}`,
          headers: {
            ...(authorization === undefined ? {} : { authorization: authorization.replaceAll(/[^\x20-\x7e]/g, '') }),
            ...(type === undefined ? {} : { 'content-type': type.replaceAll(/[^\x20-\x7e]/g, '') }),
          },
          ...(body === undefined ? {} : { payload: body }),
        });
        statuses.add(response.statusCode);
        expect(response.statusCode).toBeLessThan(500);
        if (response.statusCode < 400 || method === 'HEAD') return;
        expect(httpErrorSchema.safeParse(response.json()).error).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
    // Both sides were reached: what fits and what does not.
    for (const status of [200, 400, 401, 403, 404, 405]) expect([...statuses]).toContain(status);
    expect(door.logged.filter(({ level }) => level === 'error')).toEqual([]);
  }, 60_000);
});
