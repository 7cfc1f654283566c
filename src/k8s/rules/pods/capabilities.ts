// Station: k8s/rules. Capabilities of the kernel that nobody needs. Listed in index.
import { eachContainer } from '../each-container.js';
import { listAt } from '../json.js';
import type { Rule } from '../rule.js';

/** All capabilities are dropped. */
export const capabilities: Rule = {
  id: 'capabilities',
  title: 'All capabilities are dropped',
  why: 'a web server needs none; each one left is a way out',
  fix: 'set securityContext.capabilities.drop: [ALL], and add none but NET_BIND_SERVICE',
  severity: 'error',
  equivalents: {
    'kube-linter': ['drop-net-raw-capability'],
    polaris: ['insecureCapabilities', 'dangerousCapabilities', 'linuxHardening'],
    trivy: ['KSV-0003', 'KSV-0004', 'KSV-0005', 'KSV-0022', 'KSV-0106'],
    checkov: ['CKV_K8S_25', 'CKV_K8S_28', 'CKV_K8S_37', 'CKV_K8S_39'],
  },
  check: (object) =>
    eachContainer(object, ['securityContext', 'capabilities'], ({ spec }) => {
      const drops = listAt(spec, 'securityContext', 'capabilities', 'drop').map(String);
      const adds = listAt(spec, 'securityContext', 'capabilities', 'add').map(String);
      const added = adds.filter((name) => name !== 'NET_BIND_SERVICE');
      if (added.length > 0) return `adds ${added.join(', ')}`;
      return drops.some((name) => name.toUpperCase() === 'ALL') ? null : 'does not drop ALL capabilities';
    }),
};
