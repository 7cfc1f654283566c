// Station: test/integration. The pages of docs/embedding.md in a real browser, against the real server. Needs dist/, which `npm test` builds first.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../helpers/app.js';
import { type EmbeddedPages, serveEmbeddedPages } from '../helpers/embedded-page.js';
import { type GatedModel, gatedModel } from '../helpers/gated-model.js';
import { eventually } from '../helpers/poll.js';
import { mayRun, programOf } from '../helpers/required.js';

const program = programOf('chromium', 'chromium-browser', 'google-chrome');
const isBuilt = existsSync(fileURLToPath(new URL('../../dist/client/chat-client.js', import.meta.url)));
const reason = program === null ? 'no chromium is on the PATH' : 'dist/ is not built: run `npm run build`';
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

describe.runIf(mayRun('browser', program !== null && isBuilt, reason))('a page in a browser', () => {
  let browser: Browser;
  let pages: EmbeddedPages;
  let app: TestApp;
  let model: GatedModel;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: program ?? '', headless: true, args });
  }, 60_000);

  afterAll(async () => {
    await browser.close();
  });

  beforeEach(async () => {
    pages = await serveEmbeddedPages();
    model = gatedModel();
    const { origin } = pages;
    app = await startApp({
      providers: [model.provider],
      settings: (settings) => ({
        ...settings,
        http: { ...settings.http, corsOrigins: [origin] },
        sockets: { ...settings.sockets, allowedOrigins: [origin] },
      }),
    });
    pages.access = { server: app.httpUrl, token: await app.token('ada') };
    page = await browser.newPage();
    complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
  });

  afterEach(async () => {
    await page.close();
    await app.stop();
    await pages.close();
  });

  const log = () => page.locator('#log li').allTextContents();
  const status = (text: string) =>
    eventually(async () => (await page.locator('#status').textContent())?.includes(text));

  async function say(text: string): Promise<void> {
    await page.locator('#text').fill(text);
    await page.locator('#text').press('Enter');
  }

  it('holds a conversation with the SDK, unbundled', async () => {
    await page.goto(`${pages.origin}/page`);
    await status('open');
    await say('hello <b>there</b>');
    const question = await model.question(0);
    question.say('Hi, ');
    await eventually(async () => (await log()).at(-1) === 'Hi, ');
    question.say('Ada');
    question.end();
    await eventually(async () => (await log()).at(-1) === 'Hi, Ada');
    expect(await log()).toEqual(['hello <b>there</b>', 'Hi, Ada']);
    expect(complaints).toEqual([]);
    const modules = pages.asked.filter((path) => path.endsWith('.js'));
    expect(modules.length).toBeGreaterThan(10);
    expect(modules.filter((path) => !/^\/chatbox\/(client|common|protocol)\//.test(path))).toEqual([]);
  });

  it('shows what was said before, after a reload in the middle of an answer', async () => {
    await page.goto(`${pages.origin}/page`);
    await status('open');
    await say('hello');
    const question = await model.question(0);
    question.say('first half');
    await eventually(async () => (await log()).at(-1) === 'first half');
    await page.reload();
    await eventually(async () => (await log()).join('|') === 'hello|first half');
    question.say(', second half');
    question.end();
    await eventually(async () => (await log()).join('|') === 'hello|first half, second half');
    expect(complaints).toEqual([]);
  });

  it('comes back after the server was gone, and sends what was said meanwhile', async () => {
    await page.goto(`${pages.origin}/page`);
    await status('open');
    await app.app.stop();
    await status('waiting');
    await say('into the void');
    await eventually(async () => (await log()).join('|') === 'into the void …');
    const back = await startApp({
      providers: [model.provider],
      settings: (settings) => ({
        ...settings,
        listen: { host: '127.0.0.1', port: Number(new URL(app.httpUrl).port) },
        http: { ...settings.http, corsOrigins: [pages.origin] },
      }),
    });
    await model.question(0);
    await eventually(async () => (await log())[0] === 'into the void', { timeoutMs: 15_000 });
    expect(complaints).toEqual([]);
    await back.stop();
  });

  it('learns over HTTP why its socket was refused, and stops', async () => {
    pages.access = { server: app.httpUrl, token: await app.token('ada', { ttlMs: -60_000 }) };
    await page.goto(`${pages.origin}/page`);
    await status('stopped');
    expect(await page.locator('#status').textContent()).toMatch(/expired/i);
  });

  it('needs no SDK to be answered', async () => {
    await page.goto(`${pages.origin}/raw`);
    const text = () => page.locator('#log').textContent();
    await eventually(async () => (await text())?.includes('models gated'));
    await page.locator('#text').fill('hello');
    await page.locator('#text').press('Enter');
    const question = await model.question(0);
    question.say('Hi');
    question.end();
    await eventually(async () => (await text())?.endsWith('stored as 1\nHi\n'));
    expect(complaints).toEqual([]);
  });
});
