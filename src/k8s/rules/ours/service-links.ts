// Station: k8s/rules. Variables that Kubernetes adds for every Service, some of which look like settings. Listed in index.
import type { Rule } from '../rule.js';
import { serversOf } from '../server-of.js';

/** enableServiceLinks is off. */
export const serviceLinks: Rule = {
  id: 'service-links',
  title: 'Service links are off',
  why: 'Kubernetes puts CHATBOX_PORT=tcp://… and the like into every pod of a namespace with a Service of that name; they are no settings',
  fix: 'set enableServiceLinks: false',
  severity: 'warning',
  equivalents: {},
  check: (object, all) => {
    const [server] = serversOf(object, all);
    if (server === undefined || server.pod.spec.enableServiceLinks === false) return [];
    return [{ path: [...server.pod.path, 'enableServiceLinks'], message: 'leaves enableServiceLinks on' }];
  },
};
