// Station: k8s/rules. Routes for any host. Listed in index.
import { listAt, type Path, textAt } from '../json.js';
import { isRoute } from '../routes.js';
import type { Rule } from '../rule.js';

/** A route names its host. */
export const routeHost: Rule = {
  id: 'route-host',
  title: 'A route names its host',
  why: 'without a host, or with a wildcard, it answers for names that belong to others',
  fix: 'name the host',
  severity: 'error',
  equivalents: {},
  check: (object) => {
    if (!isRoute(object)) return [];
    const hosts: readonly { readonly path: Path; readonly host: string }[] =
      object.kind === 'Ingress'
        ? listAt(object.raw, 'spec', 'rules').map((rule, index) => ({
            path: ['spec', 'rules', index, 'host'],
            host: textAt(rule, 'host') ?? '',
          }))
        : listAt(object.raw, 'spec', 'hostnames').map((host, index) => ({
            path: ['spec', 'hostnames', index],
            host: String(host),
          }));
    if (hosts.length === 0) return [{ path: ['spec'], message: 'names no host' }];
    return hosts
      .filter(({ host }) => host === '' || host.includes('*'))
      .map(({ path, host }) => ({ path, message: host === '' ? 'names no host' : `takes every host of ${host}` }));
  },
};
