// Station: cli/serve. What `serve --dev` says once it listens. Called by run-serve.
import type { DevTokens } from './dev-home.js';

/** Where the server listens. */
export interface Listening {
  /** With the path prefix. */
  readonly httpUrl: string;
  readonly wsUrl: string;
  readonly opsUrl: string | null;
}

/** Addresses and the next step; the tokens only where a person reads along (`tokens` is null elsewhere). */
export function describeBanner(listening: Listening, dataDir: string, tokens: DevTokens | null): string {
  const rows = [
    ['HTTP', listening.httpUrl],
    ['WebSocket', listening.wsUrl],
    ['operations', listening.opsUrl ?? 'off'],
    ['data', dataDir],
    ...(tokens === null
      ? []
      : [
          ['user token', tokens.user],
          ['admin token', tokens.admin],
        ]),
  ];
  const widest = Math.max(...rows.map(([name = '']) => name.length));
  return [
    'chatbox is running, for trying out on this machine.',
    ...rows.map(([name = '', value = '']) => `  ${name.padEnd(widest)}  ${value}`),
    'Talk to it from a second terminal in this folder: `chatbox chat`. Ctrl-C ends it.',
    '',
  ].join('\n');
}
