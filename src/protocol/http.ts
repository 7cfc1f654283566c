// Station: protocol. Every HTTP route, as data: the door registers them, openapi.json and docs/protocol.md are made of them.
import { adminRoutes } from './http-admin.js';
import { probeRoutes } from './http-probes.js';
import { userRoutes } from './http-user.js';

/** Every HTTP route below the prefix, by the name of what it does. */
export const httpRoutes = { ...userRoutes, ...adminRoutes, ...probeRoutes } as const;

/** The name of a route. */
export type RouteName = keyof typeof httpRoutes;
