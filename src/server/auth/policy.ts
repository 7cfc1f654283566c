// Station: auth. Who may do what: one table, role by action. Called by dispatch (frames) and by the HTTP routes (route groups).
import type { InboundType } from '../../protocol/inbound.js';
import type { User } from '../ports/participant.js';

/** Groups of HTTP routes that need a token. */
export type RouteGroup = 'user_routes' | 'admin_routes';

/** What someone with a token may want to do. */
export type Action = InboundType | RouteGroup;

const everyone = { user: true, admin: true } as const;
const adminsOnly = { user: false, admin: true } as const;

/** A new frame type does not compile before it has its row here. */
const table: Readonly<Record<Action, { readonly user: boolean; readonly admin: boolean }>> = {
  user_message: everyone,
  file_upload: everyone,
  voice_message: everyone,
  model_select: everyone,
  help_request: everyone,
  cancel: everyone,
  retry: everyone,
  typing_indicator: everyone,
  resume: everyone,
  token_refresh: everyone,
  ping: everyone,
  admin_join: adminsOnly,
  admin_leave: adminsOnly,
  admin_message: adminsOnly,
  admin_watch: adminsOnly,
  admin_whisper: adminsOnly,
  user_routes: everyone,
  admin_routes: adminsOnly,
};

/** Whether these roles of a token make an admin. */
export function isAdminRole(roles: readonly string[]): boolean {
  return roles.includes('admin') || roles.includes('chat_admin');
}

/** Whether `user` may do `action` at all; whose session it is about is checked where the session is (finding R4). */
export function isAllowed(user: User, action: Action): boolean {
  return table[action][user.isAdmin ? 'admin' : 'user'];
}
