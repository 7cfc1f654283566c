// Station: protocol. Schemas as JSON Schema 2020-12, for readers that are no TypeScript. Called by openapi.json and by the page of the contract.
import { z } from 'zod';
import { type InboundType, inboundSchemas } from './inbound.js';
import { outboundSchema } from './outbound.js';

/** A JSON Schema, or a part of one. */
export type JsonSchema = { readonly [key: string]: unknown };

/** What is accepted (`input`) or given (`output`) by a schema. */
export function jsonSchemaOf(schema: z.ZodType, direction: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: direction, override: dropTimePattern });
  return rest;
}

/** `format: date-time` says it; the pattern behind it is a page long. */
function dropTimePattern({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
}

/** JSON Schemas of the WebSocket frames: up, one for each type; down, one for all. */
export function frameJsonSchemas(): {
  readonly up: Readonly<Record<InboundType, JsonSchema>>;
  readonly down: JsonSchema;
} {
  const up = Object.fromEntries(
    Object.entries(inboundSchemas).map(([type, schema]) => [type, jsonSchemaOf(schema, 'input')]),
  );
  return { up: up as Record<InboundType, JsonSchema>, down: jsonSchemaOf(outboundSchema, 'output') };
}
