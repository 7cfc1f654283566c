// Station: k8s/rules. Ports below 1024. Listed in index.
import { eachContainer } from '../each-container.js';
import { listAt, numberAt } from '../json.js';
import type { Rule } from '../rule.js';

/** Containers listen above 1023. */
export const privilegedPort: Rule = {
  id: 'privileged-port',
  title: 'Containers listen above 1023',
  why: 'ports below need a capability that everything else must be without',
  fix: 'let the server listen on 1024 or above, and the Service on what the world expects',
  severity: 'warning',
  equivalents: {
    'kube-linter': ['privileged-ports', 'ssh-port'],
    trivy: ['KSV-0117'],
  },
  check: (object) =>
    eachContainer(object, ['ports'], ({ spec }) => {
      const ports = listAt(spec, 'ports').flatMap((port) => numberAt(port, 'containerPort') ?? []);
      const low = ports.filter((port) => port < 1_024);
      return low.length === 0 ? null : `listens on port ${low.join(', ')}`;
    }),
};
