// Station: k8s/rules. Ingress and HTTPRoute in one form: which paths lead to which Service. Called by rules about routes.
import { at, listAt, type Path, textAt } from './json.js';
import type { KubeObject } from './rule.js';

/** A backend of a route. */
export interface Backend {
  readonly service: string;
  readonly namespace: string;
  /** A number, or a name (Ingress alone); undefined where it names none. */
  readonly port: number | string | undefined;
  readonly path: Path;
  /** Path of the rule that it belongs to. */
  readonly rule: Path;
  /** The URL paths that lead here. */
  readonly paths: readonly { readonly path: Path; readonly value: string }[];
}

/** Whether `object` routes HTTP from outside. */
export function isRoute({ kind, apiVersion }: KubeObject): boolean {
  return (
    (kind === 'Ingress' && /^(networking\.k8s\.io|extensions)\//.test(apiVersion)) ||
    (kind === 'HTTPRoute' && apiVersion.startsWith('gateway.networking.k8s.io/'))
  );
}

/** Every Service that a route leads to. */
export function backendsOf(object: KubeObject): readonly Backend[] {
  return object.kind === 'Ingress' ? ingressBackends(object) : httpRouteBackends(object);
}

function ingressBackends(object: KubeObject): readonly Backend[] {
  const read = (place: Path, rule: Path, paths: Backend['paths']): readonly Backend[] => {
    const backend = at(object.raw, ...place);
    const service = textAt(backend, 'service', 'name') ?? textAt(backend, 'serviceName');
    if (service === undefined) return [];
    const port =
      at(backend, 'service', 'port', 'number') ?? at(backend, 'service', 'port', 'name') ?? at(backend, 'servicePort');
    const isPort = typeof port === 'number' || typeof port === 'string';
    return [{ service, namespace: object.namespace, port: isPort ? port : undefined, path: place, rule, paths }];
  };
  const rules = listAt(object.raw, 'spec', 'rules').flatMap((rule, index) =>
    listAt(rule, 'http', 'paths').flatMap((entry, place) => {
      const path: Path = ['spec', 'rules', index, 'http', 'paths', place];
      const value = textAt(entry, 'path') ?? '/';
      return read([...path, 'backend'], path, [{ path: [...path, 'path'], value }]);
    }),
  );
  return [...rules, ...read(['spec', 'defaultBackend'], ['spec'], [])];
}

function httpRouteBackends(object: KubeObject): readonly Backend[] {
  return listAt(object.raw, 'spec', 'rules').flatMap((rule, index) => {
    const place: Path = ['spec', 'rules', index];
    const matches = listAt(rule, 'matches').map((match, at) => ({
      path: [...place, 'matches', at, 'path'],
      value: textAt(match, 'path', 'value') ?? '/',
    }));
    return listAt(rule, 'backendRefs').flatMap((ref, number): readonly Backend[] => {
      const service = textAt(ref, 'name');
      if (service === undefined || (textAt(ref, 'kind') ?? 'Service') !== 'Service') return [];
      const port = at(ref, 'port');
      return [
        {
          service,
          namespace: textAt(ref, 'namespace') ?? object.namespace,
          port: typeof port === 'number' ? port : undefined,
          path: [...place, 'backendRefs', number],
          rule: place,
          paths: matches,
        },
      ];
    });
  });
}
