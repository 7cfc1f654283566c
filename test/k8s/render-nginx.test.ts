// Station: test/k8s. H3 as it is met: a real nginx with the rendered paths in front of the server with the rendered configuration.
import { describe, expect, it, vi } from 'vitest';
import { httpRoutes } from '../../src/protocol/http.js';
import { publish } from '../helpers/nginx.js';
import { mayRun, programOf } from '../helpers/required.js';
import { connect } from '../helpers/wire-client.js';

vi.setConfig({ testTimeout: 60_000 });

const nginx = programOf('nginx', '/usr/sbin/nginx');
const may = mayRun('nginx', nginx !== null, 'nginx is not installed');

describe.skipIf(!may)('behind nginx with the rendered paths', () => {
  it.each(['/chatbox', '/team/chat', '/'])(
    'H3: every route, the probes and the socket answer under %s',
    async (pathPrefix) => {
      const server = await publish(nginx ?? '', { pathPrefix }, 30);
      const authorization = `Bearer ${await server.token('root', { roles: ['user', 'admin'] })}`;
      const ask = (url: string, method = 'GET') => fetch(url, { method, headers: { authorization } });
      for (const path of server.probes) expect((await ask(`${server.root}${path}`)).status, path).toBe(200);
      for (const { method, path } of Object.values(httpRoutes)) {
        const answer = await ask(`${server.httpUrl}${path.replaceAll(/:\w+/g, 'unknown')}`, method);
        const body = await answer.text();
        // An id that nobody has is a 404 of that route; a path that is not passed on, or arrives as another, is one of nobody.
        expect(body, `${method} ${path}`).not.toMatch(/nginx|There is no such route/);
        expect(answer.status, `${method} ${path}`).toBeLessThan(500);
      }
      const client = await connect(server, 'ada');
      client.send({ type: 'user_message', content: 'Hello through nginx' });
      expect((await client.answer()).text).toContain('Hello through nginx');
      client.close();
      if (pathPrefix !== '/') {
        expect(await (await ask(`${server.root}${pathPrefix}s/healthz`)).text()).toContain('nginx has no such path');
        expect((await ask(`${server.root}/healthz`)).status).toBe(404);
      }
    },
  );
});
