// Station: k8s/rules. H5: the pod is killed before its shutdown is done. Listed in index.
import { at, listAt, numberAt } from '../json.js';
import type { ContainerView } from '../pod.js';
import type { Rule } from '../rule.js';
import { serversOf, settingOf } from '../server-of.js';

/** What Kubernetes takes where a pod says nothing, in seconds. */
const defaultGrace = 30;

/** H5. */
export const gracePeriod: Rule = {
  id: 'H5',
  title: 'The grace period outlasts the shutdown',
  why: 'after terminationGracePeriodSeconds the kubelet kills: a shutdown that may take just as long loses what it would have stored at its end',
  fix: 'set terminationGracePeriodSeconds to more than the preStop wait plus SHUTDOWN_TIMEOUT',
  severity: 'error',
  equivalents: {},
  check: (object, all) =>
    serversOf(object, all).flatMap((server) => {
      const timeoutMs = settingOf(server, 'shutdown.timeout');
      if (typeof timeoutMs !== 'number') return [];
      const given = numberAt(server.pod.spec, 'terminationGracePeriodSeconds');
      const grace = given ?? defaultGrace;
      const preStop = preStopSeconds(server.container);
      if (grace * 1_000 > preStop * 1_000 + timeoutMs) return [];
      const parts = `preStop ${preStop} s + shutdown ${timeoutMs / 1_000} s`;
      const message = `has ${grace} s${given === undefined ? ' (the default)' : ''} until it is killed, and needs more than ${parts}`;
      return [{ path: [...server.pod.path, 'terminationGracePeriodSeconds'], message }];
    }),
};

/** How long the preStop hook waits: its `sleep`, or the number after `sleep` in its command. */
function preStopSeconds({ spec }: ContainerView): number {
  const hook = at(spec, 'lifecycle', 'preStop');
  const words = listAt(hook, 'exec', 'command').map(String).join(' ');
  return numberAt(hook, 'sleep', 'seconds') ?? Number(/\bsleep\s+(\d+)/.exec(words)?.[1] ?? 0);
}
