// Station: k8s/rules. Checks of other tools that have no rule here, and why: so that nobody looks for them twice. Called by the docs page.

/** Checks, and why they have no rule here. */
export const notAdopted: readonly (readonly [tool: string, ids: readonly string[], why: string])[] = [
  [
    'kube-score',
    [
      'container-resource-requests-equal-limits',
      'container-cpu-requests-equal-limits',
      'container-memory-requests-equal-limits',
      'container-ephemeral-storage-request-equals-limit',
    ],
    'off by default there; a chat server idles most of the day, and would be given its peak for all of it',
  ],
  ['kube-score', ['cronjob-restartpolicy', 'container-ports-check'], 'the API server refuses what they look for'],
  ['kube-linter', ['no-node-affinity', 'dnsconfig-options'], 'a matter of the cluster, not of the service'],
  ['kube-linter', ['required-label-owner', 'required-annotation-email'], 'house rules of whoever runs the cluster'],
  [
    'kube-linter',
    ['dangling-networkpolicypeer-podselector'],
    'the ingress controller that a policy lets in is never among the manifests',
  ],
  [
    'kube-linter',
    ['pdb-unhealthy-pod-eviction-policy'],
    'asks for a field whose default is right for servers that drain',
  ],
  [
    'kube-linter',
    ['access-to-secrets', 'access-to-create-pods', 'scc-deny-privileged-container'],
    'about operators and OpenShift; chatbox has no rights in the cluster at all',
  ],
  ['polaris', ['priorityClassNotSet', 'metadataAndNameMismatched'], 'a matter of the cluster, and of taste'],
  [
    'polaris',
    ['clusterrolePodExecAttach', 'rolePodExecAttach'],
    'about operators; chatbox has no rights in the cluster at all',
  ],
  ['trivy', ['KSV-0125'], 'asks for registries of a fixed list'],
  ['trivy', ['KSV-0039', 'KSV-0040'], 'quotas and limit ranges belong to the namespace’s owner'],
  [
    'checkov',
    ['CKV_K8S_1', 'CKV_K8S_2', 'CKV_K8S_3', 'CKV_K8S_4', 'CKV_K8S_5', 'CKV_K8S_6', 'CKV_K8S_7', 'CKV_K8S_24'],
    'about PodSecurityPolicy, which is gone (deprecated-api says so)',
  ],
];
