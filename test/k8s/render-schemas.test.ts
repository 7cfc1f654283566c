// Station: test/k8s. Whatever is rendered validates: by the official schemas where they are there, by the client's own models everywhere.
import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { Manifest } from '../../src/k8s/objects/manifest.js';
import { render } from '../../src/k8s/render.js';
import { toStream } from '../../src/k8s/to-yaml.js';
import { unknownFields } from '../helpers/k8s-attributes.js';
import { allOf, deployments, oneOf, renderOf, settingsOf } from '../helpers/k8s-render.js';
import { officialSchemas, type SchemaCheck, schemaFolder } from '../helpers/k8s-schemas.js';
import { mayRun } from '../helpers/required.js';

const folder = schemaFolder();
const hasSchemas = mayRun(
  'k8s-schemas',
  folder !== null,
  'the official schemas are not there (CHATBOX_TEST_K8S_SCHEMAS names their folder)',
);
const customKinds = new Set(['HTTPRoute', 'PodMonitor', 'PrometheusRule']);
const seed = Number(process.env.CHATBOX_TEST_SEED ?? Date.now() % 1_000_000);
const runs = { seed, numRuns: 200 };

/** The path of a field that is there, misspelt. */
function misspelt(object: Manifest, path: readonly string[]): Manifest {
  const copy = structuredClone(object) as unknown as Record<string, unknown>;
  let here = copy;
  for (const key of path.slice(0, -1)) here = here[key] as Record<string, unknown>;
  const last = path.at(-1) ?? '';
  here[`${last}s`] = here[last];
  delete here[last];
  return copy as unknown as Manifest;
}

const podSpec = ['spec', 'template', 'spec'];

// Two hundred deployments, each rendered several times, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

describe('what is rendered', () => {
  it(`has only fields and types that the official client knows, for 200 random deployments (seed ${seed})`, async () => {
    process.stderr.write(`render-schemas: CHATBOX_TEST_SEED=${seed}\n`);
    await fc.assert(
      fc.asyncProperty(deployments, async ({ options, config }) => {
        const objects = await renderOf(options, config);
        const known = objects.filter(({ kind }) => !customKinds.has(kind));
        expect(known.flatMap((object) => unknownFields(object.kind, object))).toEqual([]);
      }),
      runs,
    );
  });

  it('is the same bytes each time, and YAML 1.1 and 1.2 read the same objects in it', async () => {
    await fc.assert(
      fc.asyncProperty(deployments, async ({ options, config }) => {
        const objects = await renderOf(options, config);
        const text = toStream(objects);
        expect(toStream(await renderOf(options, config))).toBe(text);
        for (const version of ['1.1', '1.2'] as const) {
          expect(parseAllDocuments(text, { version }).map((document) => document.toJS())).toEqual(objects);
        }
      }),
      runs,
    );
  });

  it('has every setting of the config file in it, as the server will read it, and no other order makes another', async () => {
    await fc.assert(
      fc.asyncProperty(deployments, async ({ options, config }) => {
        const { server } = await settingsOf(options, config);
        const again = await settingsOf(options, server.configText);
        expect(again.server).toEqual(server);
        const turned = Object.fromEntries(Object.entries(parse(config) as object).reverse());
        expect((await settingsOf(options, JSON.stringify(turned))).server.configText).toBe(server.configText);
      }),
      runs,
    );
  });

  it('is refused by the client’s models when a field is misspelt', async () => {
    const objects = await renderOf({ monitoring: 'true' });
    const wrong = misspelt(oneOf(objects, 'Deployment'), [...podSpec, 'enableServiceLinks']);
    expect(unknownFields('Deployment', wrong)).toEqual([
      'Deployment.spec.template.spec.enableServiceLinkss is no field of V1PodSpec',
    ]);
    expect(unknownFields('NetworkPolicy', misspelt(oneOf(objects, 'NetworkPolicy'), ['spec', 'egress']))).not.toEqual(
      [],
    );
  });
});

describe.skipIf(!hasSchemas)('the official schemas', () => {
  let check: SchemaCheck = () => [];

  beforeAll(() => {
    check = officialSchemas(folder ?? '');
  });

  it(`take every object of 200 random deployments (seed ${seed})`, async () => {
    await fc.assert(
      fc.asyncProperty(deployments, async ({ options, config }) => {
        expect((await renderOf(options, config)).flatMap((object) => check(object))).toEqual([]);
      }),
      runs,
    );
  });

  it('do not take a misspelt field, of any kind', async () => {
    const objects = [
      ...render(await settingsOf({ monitoring: 'true', withDevDependencies: 'true' })).map(({ manifest }) => manifest),
      ...(await renderOf({ store: 'sqlite', ingressClass: 'nginx' })),
    ];
    const first = new Map(objects.map((object) => [object.kind, object]));
    for (const object of first.values()) {
      const [part = ''] = Object.keys(object).filter((key) => !['apiVersion', 'kind', 'metadata'].includes(key));
      const path = part === '' ? ['metadata', 'labels'] : [part];
      expect(check(misspelt(object, path)), object.kind).not.toEqual([]);
    }
    const [route] = allOf(objects, 'HTTPRoute');
    expect(
      route === undefined ? [] : check(misspelt(route, ['spec', 'rules', '0', 'timeouts', 'request'])),
    ).not.toEqual([]);
    expect(
      check(
        misspelt(oneOf(objects, 'Deployment'), [
          ...podSpec,
          'containers',
          '0',
          'lifecycle',
          'preStop',
          'sleep',
          'seconds',
        ]),
      ),
    ).not.toEqual([]);
  });
});
