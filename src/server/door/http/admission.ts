// Station: door/http. Who may call a route: address, token, role, limit, in this order and before a byte of the body is read. Called by the HTTP door.
import type { IncomingMessage } from 'node:http';
import type { Audience } from '../../../protocol/http-route.js';
import { isAllowed } from '../../auth/policy.js';
import type { TokenVerifier } from '../../auth/verify.js';
import type { User } from '../../ports/participant.js';
import type { Meter } from '../../ports/telemetry.js';
import { addressKey, clientAddress, trustProxies } from '../client-address.js';
import { tokenOf } from '../credentials.js';
import { HttpError, unauthorized } from './http-error.js';
import { createRequestLimits } from './request-limits.js';
import type { HttpDoorSettings } from './settings.js';

/** Lets a request in. */
export interface Admission {
  /**
   * Resolves to who asks; null on routes that need no token.
   * @throws HttpError or WireError for a request that may not pass
   */
  admit(request: IncomingMessage, who: Audience): Promise<User | null>;
}

/** Makes the admission of one server. */
export function createAdmission(
  settings: HttpDoorSettings,
  deps: { readonly verifier: TokenVerifier; readonly meter: Meter },
): Admission {
  const isTrusted = trustProxies(settings.trustedProxies);
  const mayProbe = trustProxies(settings.probeAllowedNetworks);
  const mayReadMetrics = trustProxies(settings.metricsAllowedNetworks);
  const requestLimits = createRequestLimits(settings, deps.meter);

  const addressOf = (request: IncomingMessage): string => {
    const forwarded = request.headers['x-forwarded-for'];
    const path = Array.isArray(forwarded) ? forwarded.join(',') : forwarded;
    return clientAddress(request.socket.remoteAddress, path, isTrusted);
  };

  const userOf = async (request: IncomingMessage): Promise<User> => {
    const token = tokenOf({ authorization: request.headers.authorization });
    if (token === null) {
      throw unauthorized('UNAUTHORIZED', 'This needs a token: send "Authorization: Bearer <token>".');
    }
    return (await deps.verifier.verify(token)).user;
  };

  return {
    async admit(request, who) {
      switch (who) {
        case 'socket':
          return null;
        case 'network':
          if (mayReadMetrics(addressOf(request))) return null;
          throw new HttpError(403, 'FORBIDDEN', 'This is not for your network.');
        case 'anyone':
        case 'probe': {
          const address = addressOf(request);
          if (who === 'anyone' || !mayProbe(address)) await requestLimits.take('public', addressKey(address));
          return null;
        }
        case 'user': {
          const user = await userOf(request);
          await requestLimits.take('user', user.id);
          return user;
        }
        case 'admin': {
          const user = await userOf(request);
          if (!isAllowed(user, 'admin_routes')) throw new HttpError(403, 'FORBIDDEN', 'This is for admins only.');
          await requestLimits.take(request.method === 'GET' ? 'admin_read' : 'admin', user.id);
          return user;
        }
      }
    },
  };
}
