// Station: k8s/rules. Jobs that run for ever, or pile up. Listed in index.
import { mapAt } from '../json.js';
import type { Rule } from '../rule.js';

/** Scheduled jobs have an end. */
export const jobLimits: Rule = {
  id: 'job-limits',
  title: 'Scheduled jobs have an end',
  why: 'a CronJob without a deadline starts what it missed all at once; one that may run beside itself piles up',
  fix: 'set startingDeadlineSeconds, and concurrencyPolicy Forbid or Replace',
  severity: 'warning',
  equivalents: {
    'kube-score': ['cronjob-has-deadline'],
  },
  check: (object) => {
    if (object.kind !== 'CronJob') return [];
    const { startingDeadlineSeconds: deadline, concurrencyPolicy: policy } = mapAt(object.raw, 'spec');
    return [
      ...(deadline === undefined ? [{ path: ['spec'], message: 'has no startingDeadlineSeconds' }] : []),
      ...(policy === 'Forbid' || policy === 'Replace' ? [] : [{ path: ['spec'], message: 'may run beside itself' }]),
    ];
  },
};
