// Station: k8s. The same objects as a Helm chart. What the server and its manifests must agree on is fixed in it; what may differ from one installation to
// the next is a value. Called by the render command.

import type { TextFile } from './kustomization.js';
import type { Manifest } from './objects/manifest.js';
import { render } from './render.js';
import type { RenderSettings } from './settings.js';
import { toYaml } from './to-yaml.js';

/** A value of the chart: what it is now, and which values it may have. */
interface ChartValue {
  readonly now: string | number;
  readonly schema: Readonly<Record<string, unknown>>;
}

// Words that no YAML writer quotes or breaks, and that stand for an expression of Helm until the text is made.
const token = (name: string): string => `chatboxvalue${name}chatboxvalue`;
const tokens = /chatboxvalue(\w+?)chatboxvalue/g;
const release = token('release');

const notEmpty = { type: 'string', minLength: 1 };
const image = {
  type: 'string',
  pattern: '(:[A-Za-z0-9_][A-Za-z0-9_.-]*|@sha256:[0-9a-f]{64})$',
  not: { pattern: ':latest$' },
};

/** The files of a chart. @param version of the chart, and of the chatbox that wrote it */
export function chart(settings: RenderSettings, version: string): readonly TextFile[] {
  const values = chartValues(settings);
  const open = {
    ...settings,
    // Helm has a namespace of its own for a release, and makes it.
    makesNamespace: false,
    namespace: release,
    image: token('image'),
    secretName: token('secretName'),
    secretVersion: token('secretVersion'),
    route: settings.route.kind === 'ingress' ? { ...settings.route, tlsSecret: token('tlsSecret') } : settings.route,
  };
  const templates = render(open).map(({ file, manifest }) => ({
    path: `templates/${file}.yaml`,
    text: toTemplate(toYaml(withoutNamespace(manifest)), file),
  }));
  const about = {
    apiVersion: 'v2',
    name: settings.name,
    description: 'A WebSocket chat service between users, a language model and, on request, a person',
    type: 'application',
    version,
    appVersion: version,
    icon: 'data:,',
  };
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    additionalProperties: false,
    required: Object.keys(values),
    properties: {
      ...Object.fromEntries(Object.entries(values).map(([name, { schema: allowed }]) => [name, allowed])),
      // What Helm itself hands to every chart.
      global: { type: 'object' },
    },
  };
  const plain = Object.fromEntries(Object.entries(values).map(([name, { now }]) => [name, now]));
  return [
    { path: 'Chart.yaml', text: toYaml(about) },
    { path: 'values.yaml', text: toYaml(plain) },
    { path: 'values.schema.json', text: `${JSON.stringify(schema, null, 2)}\n` },
    { path: 'templates/NOTES.txt', text: notes(settings) },
    ...templates,
  ];
}

function chartValues(settings: RenderSettings): Readonly<Record<string, ChartValue>> {
  const { replicas, maxReplicas, route, server } = settings;
  const count = { type: 'integer', minimum: 1, maximum: server.storeKind === 'sqlite' ? 1 : 1_000 };
  return {
    image: { now: settings.image, schema: image },
    replicas: { now: replicas, schema: count },
    ...(maxReplicas === null ? {} : { maxReplicas: { now: maxReplicas, schema: count } }),
    secretName: { now: settings.secretName, schema: notEmpty },
    secretVersion: { now: settings.secretVersion ?? '1', schema: notEmpty },
    ...(route.kind === 'ingress' ? { tlsSecret: { now: route.tlsSecret, schema: notEmpty } } : {}),
  };
}

/** The namespace is that of the release. */
function withoutNamespace(manifest: Manifest): unknown {
  const { namespace: _, ...metadata } = { namespace: '', ...manifest.metadata };
  return { ...manifest, metadata };
}

/** What Helm would take for an expression is written as one that gives it; then ours are put in. */
function toTemplate(text: string, file: string): string {
  const numbers =
    file === 'deployment' ? { replicas: 'replicas' } : { minReplicas: 'replicas', maxReplicas: 'maxReplicas' };
  const escaped = text.replaceAll('{{', '{{ "{{" }}');
  const counted = ['deployment', 'autoscaler'].includes(file)
    ? Object.entries(numbers).reduce(
        (made, [key, value]) => made.replace(new RegExp(`^(  ${key}: )\\d+$`, 'm'), `$1{{ .Values.${value} }}`),
        escaped,
      )
    : escaped;
  return counted.replace(tokens, (_, name: string) =>
    name === 'release' ? '{{ .Release.Namespace }}' : `{{ .Values.${name} | quote }}`,
  );
}

function notes({ host, server, secretName }: RenderSettings): string {
  return [
    `chatbox answers at https://${host}${server.pathPrefix}/ once its Secret is there:`,
    '',
    `  {{ .Values.secretName }} with ${[...server.secretKeys.required, ...server.secretKeys.optional].join(', ')}`,
    '',
    secretName === ''
      ? ''
      : 'Settings of the server are fixed in this chart; `chatbox k8s render --chart` writes another.',
    '',
  ].join('\n');
}
