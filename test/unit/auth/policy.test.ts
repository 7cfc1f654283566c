// Station: test. The table of roles and actions.
import { describe, expect, it } from 'vitest';
import { inboundSchemas, inboundType } from '../../../src/protocol/inbound.js';
import { isAdminRole, isAllowed } from '../../../src/server/auth/policy.js';

const user = { id: 'u', name: 'u', isAdmin: false };
const admin = { id: 'a', name: 'a', isAdmin: true };

describe('the policy', () => {
  it('lets a user send every frame but those that begin with admin_', () => {
    const types = Object.keys(inboundSchemas).flatMap((name) => inboundType(name) ?? []);
    expect(types.length).toBeGreaterThan(10);
    for (const type of types) expect(isAllowed(user, type)).toBe(!type.startsWith('admin_'));
  });

  it('lets an admin send every frame', () => {
    for (const name of Object.keys(inboundSchemas)) {
      const type = inboundType(name);
      expect(type === undefined ? false : isAllowed(admin, type)).toBe(true);
    }
  });

  it('keeps users out of the admin routes', () => {
    expect(isAllowed(user, 'user_routes')).toBe(true);
    expect(isAllowed(user, 'admin_routes')).toBe(false);
    expect(isAllowed(admin, 'admin_routes')).toBe(true);
  });

  it('knows the two admin roles and no look-alike', () => {
    expect(isAdminRole(['admin'])).toBe(true);
    expect(isAdminRole(['user', 'chat_admin'])).toBe(true);
    for (const role of ['Admin', 'admin ', 'superadmin', 'chat-admin']) expect(isAdminRole([role])).toBe(false);
    expect(isAdminRole([])).toBe(false);
  });
});
