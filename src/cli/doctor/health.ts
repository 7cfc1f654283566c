// Station: cli/doctor. Whether a chatbox answers at an address. Called by the checks of ports, health and the public URL.
import type { Config } from '../../server/config/schema.js';
import { readBounded } from './reach.js';

/** Where the server of this configuration answers on this machine. */
export function healthUrl({ http }: Config): string {
  const host = http.host === '0.0.0.0' || http.host === '::' ? '127.0.0.1' : http.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${http.port}${http.pathPrefix}/healthz`;
}

/** What an address answered. */
export interface Health {
  /** 0 where there was no answer. */
  readonly status: number;
  /** Whether the answer is that of a chatbox. */
  readonly isOurs: boolean;
  /** Why there was no answer. */
  readonly cause?: unknown;
}

/** Asks for health; never rejects. */
export async function asksHealth(url: string, signal: AbortSignal): Promise<Health> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal });
    const body = await readBounded(response);
    return { status: response.status, isOurs: response.status === 200 && body.includes('"status":"healthy"') };
  } catch (cause) {
    return { status: 0, isOurs: false, cause };
  }
}
