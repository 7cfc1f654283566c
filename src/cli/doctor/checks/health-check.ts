// Station: cli/doctor. Whether the server of this configuration answers on this machine: what a container asks of itself. Listed in run-doctor.
import { type DoctorCheck, failed, ok } from '../check.js';
import { asksHealth, healthUrl } from '../health.js';
import { reachFailure } from '../reach.js';

/** Health of the server here; only when it is named, since none need run. */
export const healthCheck: DoctorCheck = {
  name: 'health',
  why: 'a process that does not answer must be restarted',
  isOnDemand: true,
  run: async ({ config, signal }) => {
    const url = healthUrl(config);
    const { status, isOurs, cause } = await asksHealth(url, signal);
    if (isOurs) return [ok(`answers at ${url}`)];
    if (status === 0) return [reachFailure(cause, url, 'what keeps the server from starting')];
    return [failed(`${url} answers ${status}, and not as a chatbox does`, 'look whether another program has the port')];
  },
};
