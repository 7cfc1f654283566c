// Station: k8s/rules. Namespaces of the node. Listed in index.
import { podOf } from '../pod.js';
import type { Rule } from '../rule.js';

/** Pods have namespaces of their own. */
export const hostNamespaces: Rule = {
  id: 'host-namespaces',
  title: 'Pods have namespaces of their own',
  why: 'with those of the node a pod sees its network, its processes and their memory',
  fix: 'remove hostNetwork, hostPID and hostIPC',
  severity: 'error',
  equivalents: {
    'kube-linter': ['host-network', 'host-pid', 'host-ipc'],
    polaris: ['hostNetworkSet', 'hostPIDSet', 'hostIPCSet'],
    trivy: ['KSV-0008', 'KSV-0009', 'KSV-0010'],
    checkov: ['CKV_K8S_17', 'CKV_K8S_18', 'CKV_K8S_19'],
  },
  check: (object) => {
    const pod = podOf(object);
    if (pod === undefined) return [];
    return (['hostNetwork', 'hostPID', 'hostIPC'] as const).flatMap((key) =>
      pod.spec[key] === true ? [{ path: [...pod.path, key], message: `shares the node's: ${key}` }] : [],
    );
  },
};
