// Station: k8s/rules. Folders of the node. Listed in index.
import { listAt, textAt } from '../json.js';
import { podOf } from '../pod.js';
import type { Rule } from '../rule.js';

/** No folder of the node is mounted. */
export const hostPath: Rule = {
  id: 'host-path',
  title: 'No folder of the node is mounted',
  why: 'it leads out of the container; the socket of the container runtime makes the pod the owner of its node',
  fix: 'use a PersistentVolumeClaim, a ConfigMap or an emptyDir',
  severity: 'error',
  equivalents: {
    'kube-linter': ['docker-sock', 'sensitive-host-mounts', 'writable-host-mount'],
    trivy: ['KSV-0006', 'KSV-0023'],
    checkov: ['CKV_K8S_27'],
  },
  check: (object) => {
    const pod = podOf(object);
    if (pod === undefined) return [];
    return listAt(pod.spec, 'volumes').flatMap((volume, index) => {
      const path = textAt(volume, 'hostPath', 'path');
      return path === undefined
        ? []
        : [{ path: [...pod.path, 'volumes', index, 'hostPath'], message: `mounts ${path} of the node` }];
    });
  },
};
