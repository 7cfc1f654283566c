// Station: door/http/routes. What the routes for users do. Called by the HTTP door, which checked the token and every part of the request.
import type { userRoutes } from '../../../../protocol/http-user.js';
import { limits } from '../../../../protocol/limits.js';
import type { Handlers } from '../handler.js';
import { historyView, messagesOf, sessionMeta } from '../session-view.js';
import type { HttpDoorDeps } from '../settings.js';

/** Handlers of the routes for users. */
export function userHandlers({ chat, clock }: Pick<HttpDoorDeps, 'chat' | 'clock'>): Handlers<keyof typeof userRoutes> {
  return {
    async listOwnSessions({ user, query: { limit, cursor } }) {
      const page = await chat.listOwn(user, { limit, ...(cursor === undefined ? {} : { cursor }) });
      const nowMs = clock.now();
      return {
        sessions: page.sessions.map((session) => sessionMeta(session, user, nowMs)),
        user_id: user.id,
        count: page.sessions.length,
        limit,
        truncated: page.next !== null,
        next_cursor: page.next,
      };
    },
    async createSession({ user, body }) {
      return sessionMeta(await chat.create(user, body?.name), user, clock.now());
    },
    async readSession({ user, params, query: { before, limit } }) {
      return historyView(await chat.history(user, params.id, { limit, ...(before === undefined ? {} : { before }) }));
    },
    async renameSession({ user, params, body }) {
      return sessionMeta(await chat.rename(user, params.id, body.name), user, clock.now());
    },
    async deleteSession({ user, params }) {
      await chat.remove(user, params.id);
      return { status: 'deleted' };
    },
    async endSession({ user, params }) {
      await chat.end(user, params.id);
      return { status: 'ended' };
    },
    async shareSession({ user, params }) {
      return { share_token: await chat.share(user, params.id) };
    },
    async unshareSession({ user, params }) {
      await chat.unshare(user, params.id);
      return { status: 'revoked' };
    },
    async readShared({ params }) {
      const { session, messages } = await chat.shared(params.token);
      return {
        session_id: session.id,
        name: session.projection.name,
        messages: messagesOf(messages.slice(-limits.historyMessages)),
      };
    },
  };
}
