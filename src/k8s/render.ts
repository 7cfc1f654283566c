// Station: k8s. Settings become objects, in the order in which they are applied. Pure: the same settings are the same objects. Called by the render command.
import { objectNames } from './names.js';
import type { Manifest } from './objects/manifest.js';
import { autoscaler } from './resources/autoscaler.js';
import { configMap } from './resources/config-map.js';
import { dashboard } from './resources/dashboard.js';
import { deployment } from './resources/deployment.js';
import { disruptionBudget } from './resources/disruption-budget.js';
import { httpRoute } from './resources/http-route.js';
import { ingress } from './resources/ingress.js';
import { mongodb, mongodbService } from './resources/mongodb.js';
import { namespace } from './resources/namespace.js';
import { defaultDeny, mongodbPolicy, networkPolicy } from './resources/network-policy.js';
import { podMonitor } from './resources/pod-monitor.js';
import { prometheusRule } from './resources/prometheus-rule.js';
import { service } from './resources/service.js';
import { serviceAccount } from './resources/service-account.js';
import { volumeClaim } from './resources/volume-claim.js';
import type { RenderSettings } from './settings.js';

/** An object, and what its file is called where each has one of its own. */
export interface Rendered {
  /** Without an ending. */
  readonly file: string;
  readonly manifest: Manifest;
}

/** Every object of a deployment: what limits others first, what needs others last. */
export function render(settings: RenderSettings): readonly Rendered[] {
  const { route, monitoring, maxReplicas } = settings;
  const isSqlite = settings.server.storeKind === 'sqlite';
  const hasDev = settings.hasDevDependencies;
  const when = (isThere: boolean, file: string, make: () => Manifest): readonly Rendered[] =>
    isThere ? [{ file, manifest: make() }] : [];
  return [
    ...when(settings.makesNamespace, 'namespace', () => namespace(settings)),
    // A namespace that others live in is not ours to close.
    ...when(settings.makesNamespace, 'network-policy-default-deny', () => defaultDeny(settings)),
    { file: 'network-policy', manifest: networkPolicy(settings) },
    ...when(hasDev, 'network-policy-mongodb', () => mongodbPolicy(settings)),
    { file: 'service-account', manifest: serviceAccount(settings, 'server') },
    ...when(hasDev, 'service-account-mongodb', () =>
      serviceAccount(settings, 'mongodb', objectNames.mongodb(settings)),
    ),
    { file: 'config-map', manifest: configMap(settings) },
    ...when(isSqlite, 'volume-claim', () => volumeClaim(settings)),
    { file: 'service', manifest: service(settings) },
    ...when(hasDev, 'service-mongodb', () => mongodbService(settings)),
    ...when(hasDev, 'mongodb', () => mongodb(settings)),
    { file: 'deployment', manifest: deployment(settings) },
    // One server with a volume cannot be moved without a gap: a budget would only keep nodes from being emptied.
    ...when(!isSqlite, 'disruption-budget', () => disruptionBudget(settings)),
    ...(maxReplicas === null ? [] : [{ file: 'autoscaler', manifest: autoscaler(settings, maxReplicas) }]),
    { file: 'route', manifest: route.kind === 'gateway' ? httpRoute(settings, route) : ingress(settings, route) },
    ...(monitoring === null
      ? []
      : [
          { file: 'pod-monitor', manifest: podMonitor(settings, monitoring.labels) },
          { file: 'prometheus-rule', manifest: prometheusRule(settings, monitoring.labels) },
          { file: 'dashboard', manifest: dashboard(settings) },
        ]),
  ];
}
