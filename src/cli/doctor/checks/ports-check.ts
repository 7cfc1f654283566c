// Station: cli/doctor. The ports that the server wants: free, or taken by a chatbox. Listed in run-doctor.
import { createServer } from 'node:net';
import type { Config } from '../../../server/config/schema.js';
import { systemCode } from '../../data-dir.js';
import { type DoctorCheck, failed, type NamedVerdict, ok } from '../check.js';
import { asksHealth, healthUrl } from '../health.js';

/** Both ports. */
export const portsCheck: DoctorCheck = {
  name: 'port',
  why: 'a server whose port somebody else has does not start',
  run: async ({ config, signal }) => {
    const { http, ops } = config;
    const wanted = [
      {
        name: `port ${http.port}`,
        host: http.host,
        port: http.port,
        setting: 'SERVER_PORT',
        health: healthUrl(config),
      },
      ...(ops.port === null
        ? []
        : [
            {
              name: `port ${ops.port}`,
              host: ops.host,
              port: ops.port,
              setting: 'OPS_PORT',
              health: opsHealthUrl(config),
            },
          ]),
    ];
    return await Promise.all(wanted.map((port) => look(port, signal)));
  },
};

function opsHealthUrl({ ops }: Config): string {
  const host = ops.host === '0.0.0.0' || ops.host === '::' ? '127.0.0.1' : ops.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${ops.port}/healthz`;
}

interface Wanted {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly setting: string;
  readonly health: string;
}

async function look({ name, host, port, setting, health }: Wanted, signal: AbortSignal): Promise<NamedVerdict> {
  if (port === 0) return { name, ...ok('the system chooses one') };
  const code = await tryListen(host, port);
  switch (code) {
    case null:
      return { name, ...ok(`free on ${host}`) };
    case 'EADDRINUSE':
      return (await asksHealth(health, signal)).isOurs
        ? { name, ...ok('a chatbox listens there already') }
        : {
            name,
            ...failed(`something else listens on ${host}:${port}`, `end it, or choose another port: ${setting}`),
          };
    case 'EACCES':
      return { name, ...failed(`this user may not listen on port ${port}`, `choose one from 1024 up: ${setting}`) };
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return { name, ...failed(`this machine has no address ${host}`, 'mend SERVER_HOST or OPS_HOST') };
    default:
      return { name, ...failed(`cannot listen on ${host}:${port} (${code})`, `mend ${setting}`) };
  }
}

/** The code of what went wrong; null where the port could be had. It is given back at once. */
async function tryListen(host: string, port: number): Promise<string | null> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(systemCode(error) ?? 'unknown error'));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}
