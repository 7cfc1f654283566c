// Station: k8s/rules. A heap of Node that may grow beyond what the container may have. Listed in index.
import { listAt, textAt } from '../json.js';
import { containersIn } from '../pod.js';
import { bytesOf } from '../quantity.js';
import type { Rule } from '../rule.js';

/** The heap stays below the limit of memory. */
export const nodeHeap: Rule = {
  id: 'node-heap',
  title: 'The heap of Node fits into the memory limit',
  why: 'a heap that may grow to the limit is killed before it is collected: buffers and code need room beside it',
  fix: 'set --max-old-space-size to about three quarters of limits.memory',
  severity: 'error',
  equivalents: {},
  check: (object) =>
    containersIn(object).flatMap(({ spec, path, name }) => {
      const limit = bytesOf(textAt(spec, 'resources', 'limits', 'memory'));
      const entry = listAt(spec, 'env').findIndex((each) => textAt(each, 'name') === 'NODE_OPTIONS');
      const options = textAt(listAt(spec, 'env')[entry], 'value') ?? '';
      const heapMiB = /--max-old-space-size[= ](\d+)/.exec(options)?.[1];
      if (limit === undefined || heapMiB === undefined || Number(heapMiB) * 1_048_576 <= limit * 0.9) return [];
      const message = `container ${name} lets the heap grow to ${heapMiB} MiB of ${Math.floor(limit / 1_048_576)} MiB`;
      return [{ path: [...path, 'env', entry], message }];
    }),
};
