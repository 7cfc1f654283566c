// Station: k8s/rules. H3: a route that takes the path prefix away, or leads past it, makes every route of the server a 404. Listed in index.
import { listAt, mapAt, type Path, textAt, textsAt } from '../json.js';
import { backendsOf, isRoute } from '../routes.js';
import type { Complaint, KubeObject, ObjectSet, Rule } from '../rule.js';
import { matchesLabels } from '../selectors.js';
import { allServers, type ServerView, serversOf, settingOf } from '../server-of.js';

const rewriting = /(^|[./-])(rewrite-target|path-rewrite|app-root)$/;
const stripping = ['stripPrefix', 'stripPrefixRegex', 'replacePath', 'replacePathRegex'] as const;

/** H3. */
export const prefixKept: Rule = {
  id: 'H3',
  title: 'The path prefix reaches the server',
  why: 'the server answers under its own prefix alone; a proxy that rewrites the path, or a route or probe beside the prefix, makes a 404 of everything',
  fix: 'remove the rewrite, and let route, probes and CHATBOX_PATH_PREFIX say the same prefix',
  severity: 'error',
  equivalents: {},
  check: (object, all) => [...routeComplaints(object, all), ...probeComplaints(object, all)],
};

function routeComplaints(object: KubeObject, all: ObjectSet): readonly Complaint[] {
  if (!isRoute(object)) return [];
  return backendsOf(object).flatMap((backend) => {
    const prefix = prefixBehind(object.namespace, backend.service, all);
    if (prefix === undefined || prefix === '') return [];
    const rewrites = rewritesOf(object, backend.rule, all);
    const strays = backend.paths
      .filter(({ value }) => !leadsInto(value, prefix))
      .map(({ path, value }) => ({
        path,
        message: `leads ${JSON.stringify(value)} to ${backend.service}, which answers under ${prefix} alone`,
      }));
    return [
      ...rewrites.map(({ path, what }) => ({
        path,
        message: `${what} takes the prefix ${prefix} away from ${backend.service}`,
      })),
      ...strays,
    ];
  });
}

/** The prefix of the server that a Service leads to; undefined where it leads to none of ours. */
function prefixBehind(namespace: string, service: string, all: ObjectSet): string | undefined {
  const found = all.find('Service', namespace, service);
  const server = allServers(all, namespace).find(({ pod }) =>
    found === undefined ? /chatbox/.test(service) : matchesLabels(mapAt(found.raw, 'spec', 'selector'), pod.labels),
  );
  return server === undefined ? undefined : prefixOf(server);
}

function prefixOf(server: ServerView): string | undefined {
  const value = settingOf(server, 'http.pathPrefix');
  return typeof value === 'string' ? value : undefined;
}

/** A route to `/chatbox` or to something below it; a route to `/` hands everything over as it is. */
function leadsInto(route: string, prefix: string): boolean {
  const plain = route.replace(/\/+$/, '');
  return plain === '' || plain === prefix || plain.startsWith(`${prefix}/`) || prefix.startsWith(`${plain}/`);
}

interface Rewrite {
  readonly path: Path;
  readonly what: string;
}

function rewritesOf(object: KubeObject, rule: Path, all: ObjectSet): readonly Rewrite[] {
  const annotations = textsAt(object.raw, 'metadata', 'annotations');
  const byAnnotation = annotations
    .filter(([key]) => rewriting.test(key))
    .map(([key]) => ({ path: ['metadata', 'annotations', key], what: `the annotation ${key}` }));
  const stripType = annotations
    .filter(([key, value]) => /rule\.type$/.test(key) && /strip|replace/i.test(value))
    .map(([key]) => ({ path: ['metadata', 'annotations', key], what: `the annotation ${key}` }));
  const filters = listAt(object.raw, ...rule, 'filters').flatMap((filter, index) =>
    textAt(filter, 'urlRewrite', 'path', 'type') === undefined
      ? []
      : { path: [...rule, 'filters', index], what: 'the URLRewrite filter' },
  );
  return [...byAnnotation, ...stripType, ...filters, ...middlewares(annotations, all)];
}

/** Traefik: `namespace-name@kubernetescrd` in an annotation names a Middleware. */
function middlewares(annotations: readonly (readonly [string, string])[], all: ObjectSet): readonly Rewrite[] {
  return annotations.flatMap(([key, value]) => {
    if (!key.endsWith('router.middlewares')) return [];
    return value.split(',').flatMap((name) => {
      const middleware = all
        .ofKind('Middleware')
        .find((each) => name.trim() === `${each.namespace}-${each.name}@kubernetescrd`);
      const kind = stripping.find((each) => Object.hasOwn(mapAt(middleware?.raw, 'spec'), each));
      const what = `the Middleware ${middleware?.name} (${kind})`;
      return kind === undefined ? [] : { path: ['metadata', 'annotations', key], what };
    });
  });
}

/** Probes on the public port ask under the prefix; those on the operations port have none. */
function probeComplaints(object: KubeObject, all: ObjectSet): readonly Complaint[] {
  return serversOf(object, all).flatMap((server) => {
    const prefix = prefixOf(server);
    const port = settingOf(server, 'http.port');
    if (prefix === undefined || prefix === '') return [];
    const names = listAt(server.container.spec, 'ports').flatMap((each) =>
      mapAt(each).containerPort === port ? (textAt(each, 'name') ?? []) : [],
    );
    return (['startupProbe', 'readinessProbe', 'livenessProbe'] as const).flatMap((probe) => {
      const { port: asked, path } = mapAt(server.container.spec, probe, 'httpGet');
      const isPublic = asked === port || (typeof asked === 'string' && names.includes(asked));
      if (!isPublic || typeof path !== 'string' || path.startsWith(`${prefix}/`)) return [];
      const message = `the ${probe} asks for ${JSON.stringify(path)}, but the server answers under ${prefix} alone`;
      return { path: [...server.container.path, probe, 'httpGet', 'path'], message };
    });
  });
}
