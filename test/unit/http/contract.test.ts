// Station: test. The contract as data: bounds everywhere, openapi.json well-formed, and the page of the docs made of it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { contractSections, updateContractPage } from '../../../src/protocol/contract-page.js';
import { httpRoutes } from '../../../src/protocol/http.js';
import { httpErrorSchema, rateLimitSchema } from '../../../src/protocol/http-errors.js';
import type { RouteContract } from '../../../src/protocol/http-route.js';
import { inboundSchemas, inboundType } from '../../../src/protocol/inbound.js';
import { frameJsonSchemas, type JsonSchema, jsonSchemaOf } from '../../../src/protocol/json-schema.js';
import { openApiDocument } from '../../../src/protocol/openapi.js';
import { sessionSorts } from '../../../src/protocol/session-sorts.js';
import { type DoorBench, startDoor } from '../../helpers/http-door-bench.js';

const routes = Object.entries<RouteContract>(httpRoutes);

/** Every schema of the wire, by where it stands. */
function everySchema(): [name: string, schema: JsonSchema][] {
  const frames = frameJsonSchemas();
  const ofRoutes = routes.flatMap(([name, route]) => [
    ...(['params', 'query', 'body'] as const).flatMap((part): [string, JsonSchema][] => {
      const schema = route[part];
      return schema === undefined ? [] : [[`${name} ${part}`, jsonSchemaOf(schema, 'input')]];
    }),
    // What openapi.json says of itself is no client's data: it is as long as the contract.
    ...(route.answer === undefined || name === 'readContract'
      ? []
      : [[`${name} answer`, jsonSchemaOf(route.answer, 'output')] as [string, JsonSchema]]),
  ]);
  return [
    ...ofRoutes,
    ['error', jsonSchemaOf(httpErrorSchema, 'output')],
    ['rate limit', jsonSchemaOf(rateLimitSchema, 'output')],
    ...Object.entries(frames.up).map(([type, schema]): [string, JsonSchema] => [`frame up ${type}`, schema]),
    ['frame down', frames.down],
  ];
}

/** Everything in a schema that may grow without a bound. */
function unbounded(schema: unknown, path: string): string[] {
  if (Array.isArray(schema)) return schema.flatMap((part, at) => unbounded(part, `${path}[${at}]`));
  if (typeof schema !== 'object' || schema === null) return [];
  const known = schema as JsonSchema;
  const problems: string[] = [];
  const isFixed = known.const !== undefined || Array.isArray(known.enum);
  if (known.type === 'string' && !isFixed && known.maxLength === undefined) problems.push(`${path}: a string`);
  if (known.type === 'array' && known.maxItems === undefined) problems.push(`${path}: an array`);
  const keys = known.propertyNames as JsonSchema | undefined;
  if (keys !== undefined && keys.enum === undefined && known.maxProperties === undefined)
    problems.push(`${path}: an object`);
  if (Object.keys(known).length === 0) problems.push(`${path}: anything at all`);
  return [
    ...problems,
    ...Object.entries(known).flatMap(([key, part]) => (key === 'enum' ? [] : unbounded(part, `${path}.${key}`))),
  ];
}

describe('M5: a string, list or map of the wire', () => {
  it.each(everySchema())('M5: has a bound everywhere in %s', (name, schema) => {
    expect(unbounded(schema, name)).toEqual([]);
  });

  it('M5: would be found without one', () => {
    const loose = {
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'array', items: { type: 'string' } } },
    };
    expect(unbounded(loose, 'x')).toHaveLength(3);
  });

  it('M5: is refused over its bound, and taken at it, counted in code points, in every field of every frame up', () => {
    const cases = Object.entries(frameJsonSchemas().up).flatMap(([type, schema]) =>
      Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>).flatMap(([field, { maxLength }]) =>
        typeof maxLength === 'number' ? [{ type, field, maxLength }] : [],
      ),
    );
    expect(cases.length).toBeGreaterThan(40);
    fc.assert(
      fc.property(
        fc.constantFrom(...cases),
        fc.constantFrom('x', 'é', '😀'),
        fc.integer({ min: 1, max: 500 }),
        (one, unit, over) => {
          const length = (count: number) => issuesOf(one.type, { [one.field]: unit.repeat(count) }, one.field);
          expect(length(one.maxLength)).toEqual([]);
          expect(length(one.maxLength + over)).not.toEqual([]);
        },
      ),
    );
  });
});

/** What is wrong with one field of a frame of that type. */
function issuesOf(name: string, fields: object, field: string): unknown[] {
  const type = inboundType(name);
  if (type === undefined) throw new Error(`${name} is no frame`);
  const result = inboundSchemas[type].safeParse({ type, ...fields });
  return result.success ? [] : result.error.issues.filter(({ path }) => path[0] === field);
}

describe('the table of routes', () => {
  it('has each method and path once, and parameters exactly where the path has them', () => {
    expect(new Set(routes.map(([, { method, path }]) => `${method} ${path}`)).size).toBe(routes.length);
    for (const [name, { path, params }] of routes) {
      const named = [...path.matchAll(/:(\w+)/g)].map(([, parameter]) => parameter);
      expect(Object.keys(params?.shape ?? {}), name).toEqual(named);
    }
  });

  it('reads no body with GET, and gives each route JSON or other media, not both', () => {
    for (const [name, { method, body, answer, media }] of routes) {
      expect(method === 'GET' && body !== undefined, name).toBe(false);
      expect((answer === undefined) === (media !== undefined), name).toBe(true);
    }
  });

  it('H1: offers every sort of the store', () => {
    const { properties } = jsonSchemaOf(httpRoutes.listSessions.query, 'input') as {
      properties: Record<string, JsonSchema>;
    };
    expect(properties.sort_by?.enum).toEqual([...sessionSorts]);
  });
});

describe('openapi.json', () => {
  let door: DoorBench | undefined;
  afterEach(() => door?.close());

  const document = openApiDocument({ version: '1.2.3', pathPrefix: '/chatbox' });
  // Through JSON, as a client gets it: what it can't carry would be missed here.
  const plain = JSON.parse(JSON.stringify(document));
  const operations = Object.entries<Record<string, Record<string, unknown>>>(plain.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

  it('is served as it is made, to anyone', async () => {
    door = await startDoor({ version: '1.2.3' });
    expect((await door.ask('/openapi.json')).body).toEqual(plain);
  });

  it('has what OpenAPI 3.1 demands of a document', () => {
    expect(plain).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'chatbox', version: '1.2.3' },
      servers: [{ url: '/chatbox' }],
    });
    for (const path of Object.keys(plain.paths)) expect(path).toMatch(/^\/[\w./{}]*$/);
    for (const key of Object.keys(plain.components.schemas)) expect(key).toMatch(/^[a-zA-Z0-9._-]+$/);
    const allowed = ['openapi', 'info', 'jsonSchemaDialect', 'servers', 'paths', 'components'];
    expect(Object.keys(plain).filter((key) => !allowed.includes(key) && !key.startsWith('x-'))).toEqual([]);
  });

  it('has every route once, each with its own id, parameters for its path, and a description for each answer', () => {
    expect(operations).toHaveLength(routes.length);
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(routes.length);
    for (const { path, operation } of operations) {
      const parameters = operation.parameters as { name: string; in: string; required: boolean; schema: object }[];
      const inPath = parameters.filter((parameter) => parameter.in === 'path');
      expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
      expect(inPath.every(({ required }) => required)).toBe(true);
      expect(new Set(parameters.map((parameter) => `${parameter.in} ${parameter.name}`)).size).toBe(parameters.length);
      const answers = Object.entries(operation.responses as Record<string, { description?: string }>);
      expect(answers.length).toBeGreaterThan(0);
      for (const [status, { description }] of answers) {
        expect(status).toMatch(/^[1-5]\d\d$/);
        expect(description).toBeTypeOf('string');
      }
    }
  });

  it('demands no query parameter, and a token exactly where the door does', () => {
    for (const { operation } of operations) {
      const parameters = operation.parameters as { name: string; in: string; required: boolean }[];
      expect(parameters.filter((parameter) => parameter.in === 'query' && parameter.required)).toEqual([]);
      const { who } = httpRoutes[operation.operationId as keyof typeof httpRoutes];
      expect(operation.security).toEqual(['user', 'admin', 'socket'].includes(who) ? [{ token: [] }] : []);
    }
  });

  it('refers to nothing that it does not hold', () => {
    const references = [...JSON.stringify(plain).matchAll(/"\$ref":"([^"]+)"/g)].map(([, to = '']) => to);
    expect(references).toContain('#/components/schemas/SessionMeta');
    expect(references).toContain('#/components/schemas/Message');
    for (const to of references) {
      const found = to
        .slice(2)
        .split('/')
        .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], plain);
      expect(found, to).toBeTypeOf('object');
    }
  });

  it('carries the schema of every frame', () => {
    const frames = plain['x-websocket-frames'];
    expect(Object.keys(frames.up)).toEqual(Object.keys(inboundSchemas));
    expect(plain.components.schemas.FrameUserMessage).toMatchObject({
      properties: { type: { const: 'user_message' }, content: { type: 'string', maxLength: 10_000 } },
      required: ['type', 'content'],
    });
    expect(frames.down).toEqual({ $ref: '#/components/schemas/FrameDown' });
  });
});

describe('docs/protocol.md', () => {
  const page = readFileSync(fileURLToPath(new URL('../../../docs/protocol.md', import.meta.url)), 'utf8');

  it('is what the schemas say now (else run node scripts/docs.mjs)', () => {
    expect(updateContractPage(page)).toBe(page);
  });

  it('has no part without its markers, and no markers of nothing', () => {
    expect(() => updateContractPage('')).toThrow(/lacks the markers of: routes/);
    expect(() => updateContractPage('<!-- generated: weather -->\n<!-- end -->')).toThrow(/"weather"/);
  });

  it('lists every route and every frame', () => {
    const sections = contractSections();
    for (const [, { method, path }] of routes) expect(sections.routes).toContain(`\`${method} ${path}\``);
    for (const type of Object.keys(inboundSchemas)) expect(sections['frames-up']).toContain(`#### \`${type}\``);
    expect(Object.values(sections).join()).not.toMatch(/undefined|\[object/);
  });
});
