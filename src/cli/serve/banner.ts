// Station: cli/serve. What `serve --dev` says once it listens. Called by run-serve.
import { relative } from 'node:path';
import type { Io } from '../command.js';
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
  /** How a second terminal runs this program, as `programOf` says it. */
  readonly program: string;
}

/** How a second terminal in the same folder runs the program that this process runs. */
export function programOf({ env, cwd, script }: Pick<Io, 'env' | 'cwd' | 'script'>): string {
  // Started by `npm start` or `npx` it has no name of its own in a second terminal.
  if (env.npm_lifecycle_event !== undefined) return 'npx chatbox';
  // A link in the PATH has no ending; who named the file itself need not have such a link.
  if (script === undefined || !script.endsWith('.js')) return 'chatbox';
  const path = relative(cwd, script);
  return `node ${path.includes(' ') ? `"${path}"` : path}`;
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
