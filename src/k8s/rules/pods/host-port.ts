// Station: k8s/rules. Ports of the node. Listed in index.
import { eachContainer } from '../each-container.js';
import { listAt, numberAt } from '../json.js';
import type { Rule } from '../rule.js';

/** No container takes a port of the node. */
export const hostPort: Rule = {
  id: 'host-port',
  title: 'No container takes a port of the node',
  why: 'it binds the pod to nodes where the port is free, and passes by every network policy',
  fix: 'remove hostPort; let a Service lead to the pod',
  severity: 'error',
  equivalents: {
    polaris: ['hostPortSet'],
    trivy: ['KSV-0024'],
    checkov: ['CKV_K8S_26'],
  },
  check: (object) =>
    eachContainer(object, ['ports'], ({ spec }) => {
      const ports = listAt(spec, 'ports').flatMap((port) => numberAt(port, 'hostPort') ?? []);
      return ports.length === 0 ? null : `takes port ${ports.join(', ')} of the node`;
    }),
};
