// Station: k8s/rules. Sticky sessions, which a server with resumable sessions does not need. Listed in index.
import { mapAt, textAt, textsAt } from '../json.js';
import type { Rule } from '../rule.js';
import { matchesLabels } from '../selectors.js';
import { allServers } from '../server-of.js';

const sticky = /(affinity|sticky\.cookie|session-cookie)/;

/** No session affinity. */
export const sessionAffinity: Rule = {
  id: 'session-affinity',
  title: 'No client is bound to one replica',
  why: 'any replica resumes any session; stickiness keeps load on old replicas and sends clients back to one that drains',
  fix: 'remove sessionAffinity, and the annotations for sticky cookies',
  severity: 'warning',
  equivalents: {},
  check: (object, all) => {
    if (object.kind !== 'Service') return [];
    const selector = mapAt(object.raw, 'spec', 'selector');
    if (!allServers(all, object.namespace).some(({ pod }) => matchesLabels(selector, pod.labels))) return [];
    const affinity = textAt(object.raw, 'spec', 'sessionAffinity') ?? 'None';
    const own =
      affinity === 'None' ? [] : [{ path: ['spec', 'sessionAffinity'], message: `binds clients by ${affinity}` }];
    const cookies = textsAt(object.raw, 'metadata', 'annotations')
      .filter(([key, value]) => sticky.test(key) && value !== 'false')
      .map(([key]) => ({ path: ['metadata', 'annotations', key], message: `binds clients by the annotation ${key}` }));
    return [...own, ...cookies];
  },
};
