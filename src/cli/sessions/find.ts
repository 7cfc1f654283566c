// Station: cli/sessions. The session that a command is about, by its id or the beginning of one. Called by show, tail, export and end.
import type { DeskClient } from '../../client/desk-client.js';
import { requestFailed } from '../chat/connect.js';
import type { Invocation } from '../command.js';
import { deskFor } from '../takeover/desk-for.js';
import { findSession } from '../takeover/find-session.js';
import { resolveTarget } from '../target.js';
import { targetRequest } from '../target-request.js';

/** An admin's client of the server that the options name; it is not connected. @throws CliError */
export async function deskOf(invocation: Invocation): Promise<DeskClient> {
  const { io } = invocation;
  const request = targetRequest(invocation, 'admin');
  const target = await resolveTarget(io, request);
  return deskFor(io, target, request);
}

/** The id that `given` means. @throws CliError */
export async function sessionMeant(invocation: Invocation, given: string): Promise<string> {
  const target = await resolveTarget(invocation.io, targetRequest(invocation, 'admin'));
  try {
    return await findSession(await deskOf(invocation), given);
  } catch (cause) {
    throw requestFailed(cause, target) ?? cause;
  }
}
