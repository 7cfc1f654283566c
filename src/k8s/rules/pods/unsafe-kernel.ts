// Station: k8s/rules. Settings of the kernel that pods share. Listed in index.
import { eachContainer } from '../each-container.js';
import { listAt, textAt } from '../json.js';
import { podOf } from '../pod.js';
import type { Rule } from '../rule.js';

/** The kernel is left as it is. */
export const unsafeKernel: Rule = {
  id: 'unsafe-kernel',
  title: 'The kernel is left as it is',
  why: 'an unmasked /proc and unsafe sysctls reach beyond the pod',
  fix: 'remove procMount and the sysctls',
  severity: 'error',
  equivalents: {
    'kube-linter': ['unsafe-proc-mount', 'unsafe-sysctls'],
    trivy: ['KSV-0026', 'KSV-0027'],
  },
  check: (object) => {
    const pod = podOf(object);
    const sysctls = listAt(pod?.spec, 'securityContext', 'sysctls').map((entry) => textAt(entry, 'name') ?? '');
    const unsafe = sysctls.filter((name) => !safe.has(name));
    return [
      ...(pod === undefined || unsafe.length === 0
        ? []
        : [{ path: [...pod.path, 'securityContext', 'sysctls'], message: `sets ${unsafe.join(', ')}` }]),
      ...eachContainer(object, ['securityContext', 'procMount'], ({ spec }) =>
        textAt(spec, 'securityContext', 'procMount') === 'Unmasked' ? 'sees an unmasked /proc' : null,
      ),
    ];
  },
};

/** What Kubernetes itself calls safe. */
const safe: ReadonlySet<string> = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
]);
