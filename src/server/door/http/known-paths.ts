// Station: door/http. Whether a path that no route took would have been taken with another method. Called where a request found no route.
import { httpRoutes } from '../../../protocol/http.js';
import type { RouteContract } from '../../../protocol/http-route.js';

/** Methods of the routes at `path` (below the prefix, without a query); empty when there is none. */
export function methodsOf(path: string): readonly string[] {
  const asked = path.split('/');
  const routes = Object.values<RouteContract>(httpRoutes).filter((route) => fits(route.path.split('/'), asked));
  return [...new Set(routes.map((route) => route.method))];
}

function fits(pattern: readonly string[], asked: readonly string[]): boolean {
  if (pattern.length !== asked.length) return false;
  return pattern.every((part, at) => (part.startsWith(':') ? asked[at] !== '' : part === asked[at]));
}
