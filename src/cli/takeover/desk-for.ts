// Station: cli/takeover. The admin's client of the commands that look into sessions of others. Called by run-takeover and by cli/sessions.
import { WebSocket } from 'ws';
import { DeskClient } from '../../client/desk-client.js';
import { deskTimeline } from '../../client/settings.js';
import type { Io } from '../command.js';
import { resolveTarget, type Target, type TargetRequest } from '../target.js';

/** An admin's client. The token is read from its file again for each connection, so that a new one is found there. */
export function deskFor(io: Io, target: Pick<Target, 'httpUrl'>, request: TargetRequest): DeskClient {
  return new DeskClient({
    server: target.httpUrl,
    token: async () => (await resolveTarget(io, request)).token,
    WebSocket,
    settings: { maxTimeline: deskTimeline },
  });
}
