// Station: k8s/rules. Pods that nobody asks how they are. Listed in index.
import { eachContainer } from '../each-container.js';
import { isMap } from '../json.js';
import { lasting } from '../pod.js';
import type { Rule } from '../rule.js';

/** Servers are probed. */
export const probes: Rule = {
  id: 'probes',
  title: 'Servers are probed',
  why: 'without readiness a pod gets traffic before it can answer; without liveness one that hangs stays',
  fix: 'set readinessProbe and livenessProbe, and let them differ',
  severity: 'error',
  equivalents: {
    'kube-score': ['pod-probes', 'pod-probes-identical'],
    'kube-linter': ['no-liveness-probe', 'no-readiness-probe'],
    polaris: ['readinessProbeMissing', 'livenessProbeMissing'],
    checkov: ['CKV_K8S_8', 'CKV_K8S_9'],
  },
  check: (object) => {
    if (!lasting.has(object.kind)) return [];
    return eachContainer(object, [], ({ spec, isInit }) => {
      if (isInit) return null;
      const missing = (['readinessProbe', 'livenessProbe'] as const).filter((probe) => !isMap(spec[probe]));
      if (missing.length > 0) return `has no ${missing.join(' and no ')}`;
      const isSame = JSON.stringify(spec.readinessProbe) === JSON.stringify(spec.livenessProbe);
      return isSame
        ? 'has one probe for readiness and liveness: a busy pod is restarted in place of being spared'
        : null;
    });
  },
};
