// Station: k8s/resources. The config file. It is immutable and named after its content: other content is another ConfigMap, so pods are replaced exactly
// then, and the one before is still there for the way back. Called by render and deployment.
import { createHash } from 'node:crypto';
import { metaOf, objectNames } from '../names.js';
import type { ConfigMap } from '../objects/workloads.js';
import type { RenderSettings } from '../settings.js';

/** Name of the file, in the ConfigMap and in the pod. */
export const configFile = 'chatbox.yaml';

/** Name of the ConfigMap. */
export function configMapName(settings: RenderSettings): string {
  const hash = createHash('sha256').update(`${configFile}\n${settings.server.configText}`).digest('hex');
  return objectNames.config(settings, hash.slice(0, 10));
}

/** The config file of the server. */
export function configMap(settings: RenderSettings): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metaOf(settings, 'server', configMapName(settings)),
    immutable: true,
    data: { [configFile]: settings.server.configText },
  };
}
