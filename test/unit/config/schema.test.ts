import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalog, providerCatalog, secretPaths } from '../../../src/server/config/catalog.js';
import { envExample } from '../../../src/server/config/docs.js';
import { readEnvFile } from '../../../src/server/config/env-file.js';
import { showSettings } from '../../../src/server/config/show.js';
import { goodSecret, leastEnv, loadGood, problemsOf } from '../../helpers/config.js';

const everything = [...catalog, ...providerCatalog(1)];

/** The text of all that may use a setting. */
function readers(): string {
  const src = fileURLToPath(new URL('../../../src/', import.meta.url));
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
    (name) => /\.tsx?$/.test(name) && !name.startsWith(join('server', 'config')),
  );
  return files.map((name) => readFileSync(join(src, name), 'utf8')).join('\n');
}

describe('the schema', () => {
  it('names every setting once, in the environment as in the file', () => {
    const names = everything.flatMap(({ env }) => env);
    expect(new Set(names).size).toBe(names.length);
    const keys = everything.map(({ fileKey }) => fileKey);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('has a sentence for every setting', () => {
    for (const { field, fileKey } of everything) expect(field.doc, fileKey).toMatch(/^\S.{10,200}\.$/);
  });

  it('has no setting without effect: something outside of config reads each', () => {
    const text = readers();
    const dead = everything
      .map(({ path }) => path)
      .filter((path) => !new RegExp(`\\.${path.at(-1)}\\b`).test(text))
      .map((path) => path.join('.'));
    expect(dead).toEqual([]);
  });

  it.each(['dev', 'production'] as const)('has defaults in %s that its own parsers take', (mode) => {
    for (const { field, fileKey } of catalog) {
      const value = field.fallback[mode];
      if (value === null) continue;
      const result = field.parser.parse(field.parser.format(value));
      expect(result, fileKey).toEqual({ ok: true, value });
    }
  });

  it('H4: every secret that it generates starts the server', async () => {
    const generated = everything.filter(({ field }) => field.generate !== null);
    expect(generated.map(({ env }) => env[0])).toContain('JWT_SECRET');
    const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });
    await fc.assert(
      fc.asyncProperty(seed, async (bytes) => {
        let draw = 0;
        // A stream that begins with the drawn bytes: zeros and repetitions too, which a generator must not let through.
        const random = {
          bytes: (length: number) => {
            draw += 1;
            const later = createHash('sha512').update(bytes).update(String(draw)).digest();
            return Uint8Array.from({ length }, (_, at) => (draw === 1 ? bytes[at % 32] : later[at]) ?? 0);
          },
          fraction: () => 0.5,
        };
        const env = Object.fromEntries(
          generated.map(({ env: [name = ''], field }) => [name, field.generate?.(random) ?? '']),
        );
        expect(await problemsOf({ env: { ...leastEnv, ...env } })).toEqual([]);
      }),
      { numRuns: 300, examples: [[new Uint8Array(32)], [new Uint8Array(32).fill(255)]] },
    );
  });

  it('knows where the secrets are', () => {
    expect(secretPaths()).toEqual([
      'auth.jwtSecret',
      'auth.jwtKeys',
      'store.mongoUri',
      'encryption.keys',
      'encryption.legacyKey',
      'llm.providers[*].apiKey',
    ]);
  });

  it('makes an example file that reads back as nothing but comments, and with the # removed as the defaults', async () => {
    const text = envExample();
    expect(readEnvFile(text, '.env').values).toEqual([]);
    const opened = text.replace(/^#(?=[A-Z])/gm, '');
    const { config } = await loadGood({ envFile: '.env' }, { '/home/.env': opened.replace(/^LLM_PROVIDER.*$/gm, '') });
    const plain = await loadGood();
    expect(config).toEqual(plain.config);
  });
});

describe('showing settings', () => {
  it('gives value and origin of each, and of a secret only that it is there', async () => {
    const env = {
      ...leastEnv,
      MONGO_URI: 'mongodb://u:Canary-1@db',
      STORE: 'sqlite',
      LLM_PROVIDER_1_API_KEY: 'Canary-2',
      OPS_PORT: 'off',
    };
    const { config, result } = await loadGood({ env });
    const shown = showSettings(result.settings, config.llm.providers);
    const byName = new Map(shown.map((setting) => [setting.env, setting]));
    expect(byName.get('SERVER_PORT')).toMatchObject({ value: '8080', origin: 'default', isGiven: false });
    expect(byName.get('SESSION_TIMEOUT')?.value).toBe('15m');
    expect(byName.get('OPS_PORT')).toMatchObject({ value: 'off', origin: 'env OPS_PORT', isGiven: true });
    expect(byName.get('CORS_ALLOWED_ORIGINS')?.value).toBe('(none)');
    expect(byName.get('JWKS_URL')?.value).toBe('(not set)');
    expect(byName.get('MONGO_URI')).toMatchObject({ value: '(set)', isSecret: true });
    expect(byName.get('LLM_PROVIDER_1_API_KEY')).toMatchObject({
      value: '(set)',
      origin: 'env LLM_PROVIDER_1_API_KEY',
    });
    const sha = createHash('sha256').update(goodSecret).digest('hex').slice(0, 8);
    expect(byName.get('JWT_SECRET')?.value).toBe(`(set, sha256 ${sha})`);
    expect(JSON.stringify(shown)).not.toMatch(/Canary/);
    expect(JSON.stringify(shown)).not.toContain(goodSecret);
  });
});
