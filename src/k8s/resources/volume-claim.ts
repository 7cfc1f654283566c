// Station: k8s/resources. Where the SQLite file lies. Called by render; the spec also by the test MongoDB.
import { metaOf, objectNames } from '../names.js';
import type { ClaimSpec, PersistentVolumeClaim } from '../objects/workloads.js';
import type { RenderSettings, StorageSettings } from '../settings.js';
import { formatMiB } from '../value-parsers.js';

/** What the volume must be. */
export function claimSpec({ sizeMiB, className }: StorageSettings): ClaimSpec {
  return {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: formatMiB(sizeMiB) } },
    ...(className === null ? {} : { storageClassName: className }),
  };
}

/** The volume of the SQLite file. */
export function volumeClaim(settings: RenderSettings): PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: metaOf(settings, 'server', objectNames.data(settings)),
    spec: claimSpec(settings.storage),
  };
}
