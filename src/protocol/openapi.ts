// Station: protocol. The HTTP contract as an OpenAPI 3.1 document, made of the table of routes. Called by the route that serves it.
import type { z } from 'zod';
import { httpRoutes } from './http.js';
import { httpErrorSchema, rateLimitSchema } from './http-errors.js';
import type { RouteContract } from './http-route.js';
import { messageSchema, sessionMetaSchema } from './http-session.js';
import { frameJsonSchemas, type JsonSchema, jsonSchemaOf } from './json-schema.js';

/** An OpenAPI document. */
export type OpenApiDocument = { readonly openapi: '3.1.0'; readonly [key: string]: unknown };

/** Schemas that stand in many answers, by the name that `$ref` gives them. */
const shared: Readonly<Record<string, z.ZodType>> = {
  SessionMeta: sessionMetaSchema,
  Message: messageSchema,
  Error: httpErrorSchema,
  RateLimited: rateLimitSchema,
};

const refusalTexts: Readonly<Record<number, string>> = {
  400: 'Something in the request does not fit; the sentence names it.',
  401: 'No token, or one that is not valid.',
  403: 'Not allowed with this token, from this origin or from this network.',
  404: 'No such thing, or it is not yours.',
  409: 'Not possible in the present state.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  429: 'Too many requests; come back after `Retry-After`.',
  503: 'Not possible at the moment; come back after `Retry-After`.',
};

/**
 * Makes the document.
 * @param about.pathPrefix what stands before every path; empty for none
 */
export function openApiDocument(about: { readonly version: string; readonly pathPrefix: string }): OpenApiDocument {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, route] of Object.entries<RouteContract>(httpRoutes)) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route) };
  }
  const frames = frameJsonSchemas();
  const framesUp = Object.fromEntries(Object.entries(frames.up).map(([type, schema]) => [frameName(type), schema]));
  const schemas = Object.fromEntries(
    Object.entries(shared).map(([id, schema]) => [id, jsonSchemaOf(schema, 'output')]),
  );
  return {
    openapi: '3.1.0',
    info: {
      title: 'chatbox',
      version: about.version,
      description: 'Chat between users, a language model and people who help.',
    },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    servers: [{ url: about.pathPrefix === '' ? '/' : about.pathPrefix }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { ...schemas, ...framesUp, FrameDown: frames.down },
    },
    'x-websocket-frames': {
      up: Object.fromEntries(Object.keys(frames.up).map((type) => [type, reference(frameName(type))])),
      down: reference('FrameDown'),
    },
  };
}

/** `user_message` -> `FrameUserMessage`. */
function frameName(type: string): string {
  return `Frame${type.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())}`;
}

function reference(id: string): JsonSchema {
  return { $ref: `#/components/schemas/${id}` };
}

function operation(name: string, route: RouteContract): JsonSchema {
  const needsToken = route.who === 'user' || route.who === 'admin' || route.who === 'socket';
  return {
    operationId: name,
    tags: [route.who],
    summary: route.summary,
    ...(needsToken ? { security: [{ token: [] }] } : { security: [] }),
    parameters: [...parameters('path', route.params), ...parameters('query', route.query)],
    ...(route.body === undefined ? {} : { requestBody: requestBody(route.body) }),
    responses: responses(route),
  };
}

function parameters(place: 'path' | 'query', schema: z.ZodType | undefined): JsonSchema[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = jsonSchemaOf(schema, 'input') as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

function requestBody(schema: z.ZodType): JsonSchema {
  return {
    required: !schema.safeParse(undefined).success,
    content: { 'application/json': { schema: jsonSchemaOf(schema, 'input') } },
  };
}

/** Statuses that any route of that audience may answer with. */
function refusalsOf(route: RouteContract): readonly number[] {
  const takesInput = route.params !== undefined || route.query !== undefined || route.body !== undefined;
  const common = {
    anyone: [429],
    probe: [429],
    network: [403],
    socket: [],
    user: [401, 429, 503],
    admin: [401, 403, 429, 503],
  }[route.who];
  const all = new Set<number>([...(takesInput ? [400] : []), ...common, ...route.refusals]);
  return [...all].toSorted((a, b) => a - b);
}

function responses(route: RouteContract): JsonSchema {
  const given: Record<string, unknown> = { [route.status]: success(route) };
  for (const status of refusalsOf(route)) {
    const isReadiness = status === 503 && route.who === 'probe';
    const schema =
      isReadiness && route.answer !== undefined
        ? answerSchema(route.answer)
        : reference(status === 429 ? 'RateLimited' : 'Error');
    given[status] = { description: refusalTexts[status] ?? 'Refused.', content: { 'application/json': { schema } } };
  }
  return given;
}

function success(route: RouteContract): JsonSchema {
  const description = route.status === 101 ? 'The connection is a WebSocket now.' : 'Done.';
  if (route.answer !== undefined) {
    return { description, content: { 'application/json': { schema: answerSchema(route.answer) } } };
  }
  const media = (route.media ?? []).map((type) => [type, { schema: { type: 'string' } }]);
  return media.length === 0 ? { description } : { description, content: Object.fromEntries(media) };
}

/** The schema of an answer; what is shared is named, not repeated. */
function answerSchema(schema: z.ZodType): JsonSchema {
  for (const [id, known] of Object.entries(shared)) if (known === schema) return reference(id);
  return nameShared(jsonSchemaOf(schema, 'output')) as JsonSchema;
}

function nameShared(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(nameShared);
  if (typeof value !== 'object' || value === null) return value;
  const title = 'title' in value ? value.title : undefined;
  if (typeof title === 'string' && Object.hasOwn(shared, title)) return reference(title);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, nameShared(part)]));
}
