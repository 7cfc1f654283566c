// Station: k8s/rules. Several servers on one SQLite file. Listed in index.
import { numberAt } from '../json.js';
import type { Rule } from '../rule.js';
import { serversOf, usesMongo } from '../server-of.js';
import { hpaOf, replicasOf } from '../workloads.js';

/** Several replicas need MongoDB. */
export const sqliteReplicas: Rule = {
  id: 'sqlite-replicas',
  title: 'Several replicas have a store in common',
  why: 'a SQLite store serves one server: a second replica does not start, or has conversations of its own',
  fix: 'store in MongoDB (MONGO_URI), or run one replica with strategy Recreate',
  severity: 'error',
  equivalents: {},
  check: (object, all) => {
    const hpa = hpaOf(object, all);
    const most = Math.max(replicasOf(object), numberAt(hpa?.raw, 'spec', 'maxReplicas') ?? 0);
    if (most < 2 || serversOf(object, all).every(usesMongo)) return [];
    return [{ path: ['spec', 'replicas'], message: `may run ${most} replicas on a SQLite store` }];
  },
};
