// Station: cli/serve. What `serve --dev` says once it listens. Called by run-serve.
import type { DevTokens } from './dev-home.js';

/** Where the server listens. */
export interface Listening {
  /** With the path prefix. */
  readonly httpUrl: string;
  readonly wsUrl: string;
  readonly opsUrl: string | null;
}

/** What the banner tells beside the addresses. */
export interface BannerFacts {
  readonly dataDir: string;
  /** Null where no person reads along. */
  readonly tokens: DevTokens | null;
  /** How a second terminal runs this program: `chatbox`, or `npx chatbox` in a clone. */
  readonly program: string;
}

/** Addresses and the next step; the tokens only where a person reads along. */
export function describeBanner(listening: Listening, { dataDir, tokens, program }: BannerFacts): string {
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
    `Talk to it from a second terminal in this folder: ${program} chat. Ctrl-C ends it.`,
    '',
  ].join('\n');
}
