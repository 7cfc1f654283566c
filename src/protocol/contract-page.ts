// Station: protocol. The generated parts of docs/protocol.md, made of the same schemas that the server checks with. Called by scripts/docs.mjs and a test.
import { closeCodes, reconnectAfter } from './close-codes.js';
import { closeTexts, errorTexts, httpErrorTexts, inboundTexts, outboundTexts } from './contract-texts.js';
import { httpRoutes } from './http.js';
import type { RouteContract } from './http-route.js';
import { frameJsonSchemas, type JsonSchema, jsonSchemaOf } from './json-schema.js';

/** The parts of the page that are generated, by the name in their markers. */
export function contractSections(): Readonly<Record<string, string>> {
  const frames = frameJsonSchemas();
  const up = Object.entries(inboundTexts).map(([type, text]) => {
    const { type: _, ...fields } = propertiesOf(frames.up[type as keyof typeof frames.up]);
    return `#### \`${type}\`\n\n${text}\n\n${fieldTable(fields, requiredOf(frames.up[type as keyof typeof frames.up]))}`;
  });
  return {
    routes: table(
      ['route', 'who', 'what it does', 'takes', 'refusals'],
      Object.values<RouteContract>(httpRoutes).map(routeRow),
    ),
    'http-errors': table(
      ['code', 'status', 'when'],
      Object.entries(httpErrorTexts).map(([code, [status, text]]) => [`\`${code}\``, String(status), text]),
    ),
    'frames-up': up.join('\n\n'),
    'frames-down': table(
      ['type', 'what it tells'],
      Object.entries(outboundTexts).map(([type, text]) => [`\`${type}\``, text]),
    ),
    'fields-down': fieldTable(propertiesOf(frames.down), requiredOf(frames.down)),
    'error-codes': table(
      ['code', 'when'],
      Object.entries(errorTexts).map(([code, text]) => [`\`${code}\``, text]),
    ),
    'close-codes': table(
      ['code', 'when', 'come back'],
      Object.entries(closeCodes).map(([name, code]) => closeRow(name, code)),
    ),
  };
}

const begin = (name: string) => `<!-- generated: ${name} -->`;
const end = '<!-- end -->';

/**
 * The page with its generated parts brought up to date; what people wrote around them stays.
 * @throws Error naming a part whose markers are missing, or markers that no part has
 */
export function updateContractPage(page: string): string {
  const sections = contractSections();
  const seen = new Set<string>();
  const updated = page.replaceAll(/<!-- generated: ([\w-]+) -->[\s\S]*?<!-- end -->/g, (_, name: string) => {
    const section = sections[name];
    if (section === undefined) throw new Error(`docs/protocol.md has markers of "${name}", which nothing generates`);
    seen.add(name);
    return `${begin(name)}\n${section}\n${end}`;
  });
  const missing = Object.keys(sections).filter((name) => !seen.has(name));
  if (missing.length > 0) throw new Error(`docs/protocol.md lacks the markers of: ${missing.join(', ')}`);
  return updated;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

function routeRow(route: RouteContract): readonly string[] {
  const query = route.query === undefined ? [] : Object.keys(propertiesOf(jsonSchemaOf(route.query, 'input')));
  const body = route.body === undefined ? [] : Object.keys(propertiesOf(jsonSchemaOf(route.body, 'input')));
  const takes = [
    ...(query.length === 0 ? [] : [`query ${query.map((name) => `\`${name}\``).join(' ')}`]),
    ...(body.length === 0 ? [] : [`body ${body.map((name) => `\`${name}\``).join(' ')}`]),
  ];
  return [`\`${route.method} ${route.path}\``, route.who, route.summary, takes.join('; '), route.refusals.join(' ')];
}

function closeRow(name: string, code: number): readonly string[] {
  const words = { yes: 'yes', with_fresh_token: 'with a fresh token', no: 'no' } as const;
  return [String(code), closeTexts[name as keyof typeof closeCodes], words[reconnectAfter(code)]];
}

function fieldTable(fields: Readonly<Record<string, JsonSchema>>, required: readonly string[]): string {
  const rows = Object.entries(fields).map(([name, schema]) => [
    `\`${name}\``,
    kindOf(schema),
    required.includes(name) ? 'yes' : '',
  ]);
  return table(['field', 'is', 'must be there'], rows);
}

/** A schema in words, with its bounds. */
function kindOf(schema: JsonSchema): string {
  const words = [describeType(schema), typeof schema.description === 'string' ? schema.description : ''];
  return words.filter((word) => word !== '').join('; ');
}

function describeType(schema: JsonSchema): string {
  if (Array.isArray(schema.anyOf)) return schema.anyOf.map((part: JsonSchema) => kindOf(part)).join(' or ');
  if (Array.isArray(schema.enum)) return `one of ${schema.enum.map((value) => `\`${String(value)}\``).join(' ')}`;
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  switch (schema.type) {
    case 'string':
      return schema.format === 'date-time'
        ? 'RFC 3339 time'
        : `string of at most ${String(schema.maxLength)} characters`;
    case 'integer':
      return `whole number from ${String(schema.minimum)}`;
    case 'array':
      return `at most ${String(schema.maxItems)}, each an ${describeType(schema.items as JsonSchema)}`;
    case 'object':
      return describeObject(schema);
    default:
      return String(schema.type);
  }
}

function describeObject(schema: JsonSchema): string {
  const fields = Object.entries(propertiesOf(schema));
  if (fields.length > 0) {
    const required = requiredOf(schema);
    return `object with ${fields.map(([name, part]) => `\`${name}\`${required.includes(name) ? '' : '?'} (${kindOf(part)})`).join(', ')}`;
  }
  const { maxProperties, propertyNames, additionalProperties } = schema as Readonly<Record<string, JsonSchema>>;
  const keys = `object of at most ${String(maxProperties)} keys of at most ${String(propertyNames?.maxLength)} characters`;
  return additionalProperties === undefined ? keys : `${keys}, each a ${kindOf(additionalProperties)}`;
}

function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return (schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
}

function requiredOf(schema: JsonSchema): readonly string[] {
  return (schema.required ?? []) as readonly string[];
}
