// Station: cli. What the target options of a command say. Called by every command that is a client.
import { type Invocation, optionText } from './command.js';
import type { TargetRequest } from './target.js';

/** The options of target-options.ts, for resolveTarget. */
export function targetRequest(invocation: Invocation, role: TargetRequest['role']): TargetRequest {
  const server = optionText(invocation, 'server');
  const tokenFile = optionText(invocation, 'tokenFile');
  const dataDir = optionText(invocation, 'dataDir');
  return {
    role,
    ...(server === undefined ? {} : { server }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
    ...(dataDir === undefined ? {} : { dataDir }),
  };
}
