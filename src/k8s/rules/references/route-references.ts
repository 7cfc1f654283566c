// Station: k8s/rules. What a route refers to: Services and their ports, and what a Service's own port leads to. Called by M6.
import { at, listAt, mapAt, textAt } from '../json.js';
import { containersOf, podsOf, portsOf } from '../pod.js';
import { backendsOf, isRoute } from '../routes.js';
import type { Complaint, KubeObject, ObjectSet } from '../rule.js';
import { matchesLabels } from '../selectors.js';

/** References of an Ingress, HTTPRoute or Service that nothing answers. */
export function routeReferences(object: KubeObject, all: ObjectSet): readonly Complaint[] {
  if (object.kind === 'Service') return targetPorts(object, all);
  if (!isRoute(object)) return [];
  return backendsOf(object).flatMap(({ service, namespace, port, path }) => {
    const found = all.find('Service', namespace, service);
    if (found === undefined) return [{ path, message: `leads to Service ${service}, which is not there` }];
    const ports = listAt(found.raw, 'spec', 'ports');
    const isThere = ports.some((each) => at(each, 'port') === port || textAt(each, 'name') === port);
    if (isThere) return [];
    if (port === undefined) return [{ path, message: `leads to Service ${service} without naming a port` }];
    const known = ports.map((each) => String(at(each, 'port'))).join(', ');
    return [{ path, message: `leads to port ${port} of Service ${service}, which has ${known || 'none'}` }];
  });
}

/** A Service's port that no selected pod listens on. */
function targetPorts(service: KubeObject, all: ObjectSet): readonly Complaint[] {
  const pods = podsOf(all, service.namespace).filter(({ labels }) =>
    matchesLabels(mapAt(service.raw, 'spec', 'selector'), labels),
  );
  if (pods.length === 0) return [];
  const open = new Set(pods.flatMap((pod) => containersOf(pod).flatMap((container) => [...portsOf(container)])));
  return listAt(service.raw, 'spec', 'ports').flatMap((entry, index) => {
    const target = at(entry, 'targetPort') ?? at(entry, 'port');
    if (open.has(String(target))) return [];
    const message = `leads port ${at(entry, 'port')} to ${target}, which no selected pod declares`;
    return [{ path: ['spec', 'ports', index], message }];
  });
}
