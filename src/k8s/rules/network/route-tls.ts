// Station: k8s/rules. Routes in the clear. Listed in index.
import { listAt, textAt, textsAt } from '../json.js';
import { isRoute } from '../routes.js';
import type { Complaint, KubeObject, ObjectSet, Rule } from '../rule.js';

/** Routes end TLS. */
export const routeTls: Rule = {
  id: 'route-tls',
  title: 'Routes end TLS',
  why: 'tokens and conversations cross the network in the clear',
  fix: 'give the Ingress a tls section with its hosts, or attach the HTTPRoute to an HTTPS listener',
  severity: 'error',
  equivalents: {
    polaris: ['tlsSettingsMissing'],
  },
  check: (object, all) => {
    if (!isRoute(object)) return [];
    return object.kind === 'Ingress' ? ingress(object) : httpRoute(object, all);
  },
};

/** Traefik ends TLS by an annotation alone; the others need the section. */
function ingress(object: KubeObject): readonly Complaint[] {
  const covered = listAt(object.raw, 'spec', 'tls').flatMap((entry) => listAt(entry, 'hosts').map(String));
  const isDefault = listAt(object.raw, 'spec', 'tls').some((entry) => listAt(entry, 'hosts').length === 0);
  const isMarked = textsAt(object.raw, 'metadata', 'annotations').some(
    ([key, value]) => /router\.tls$/.test(key) && value === 'true',
  );
  if (isDefault || isMarked) return [];
  return listAt(object.raw, 'spec', 'rules').flatMap((rule, index) => {
    const host = textAt(rule, 'host') ?? '';
    const wildcard = host.replace(/^[^.]+/, '*');
    if (covered.includes(host) || covered.includes(wildcard)) return [];
    return [{ path: ['spec', 'rules', index], message: `has no TLS for ${host || 'any host'}` }];
  });
}

/** The listener is a Gateway's; only one that is among the objects can be looked at. */
function httpRoute(object: KubeObject, all: ObjectSet): readonly Complaint[] {
  return listAt(object.raw, 'spec', 'parentRefs').flatMap((ref, index) => {
    const gateway = all.find('Gateway', textAt(ref, 'namespace') ?? object.namespace, textAt(ref, 'name') ?? '');
    const section = textAt(ref, 'sectionName');
    const listeners = listAt(gateway?.raw, 'spec', 'listeners').filter(
      (listener) => section === undefined || textAt(listener, 'name') === section,
    );
    if (listeners.length === 0 || listeners.some((listener) => textAt(listener, 'protocol') === 'HTTPS')) return [];
    return [{ path: ['spec', 'parentRefs', index], message: 'hangs on a listener without TLS' }];
  });
}
