// Goal: everything that a cluster needs is rendered in the time of a few `chatbox --version`.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rounds } from '../lib/stats.mjs';
import { row } from '../lib/table.mjs';

const bin = fileURLToPath(new URL('../../bin/chatbox.js', import.meta.url));
const deadlineMs = 20_000;
const config = `limits: { userMessagesPerMinute: 60 }
llm:
  providers:
    - { type: openai, endpoint: 'https://api.openai.com/v1', model: gpt-4o-mini }
    - { type: openai, id: own, endpoint: 'http://vllm.models.svc:8000/v1', model: own }
`;

/** Wall time from spawn to exit: of `chatbox --version`, and of a render of every kind of object there is. */
export async function run(bench) {
  const folder = mkdtempSync(join(tmpdir(), 'chatbox-bench-'));
  try {
    const file = join(folder, 'chatbox.yaml');
    writeFileSync(file, config);
    const least = ['--image', 'registry.example.com/chatbox:1.2.3', '--host', 'chat.example.com', '--config', file];
    const render = ['k8s', 'render', ...least, '--monitoring', '--with-dev-dependencies', '--quiet'];
    await runToEnd(['--version']);
    await runToEnd(render);
    const seen = await rounds(
      bench.pairs * 3,
      { version: () => runToEnd(['--version']), render: () => runToEnd(render) },
      bench.progress,
    );
    return [
      row({
        better: 'lower',
        unit: 'ms',
        goal: 'render',
        what: 'chatbox k8s render, the full set',
        against: 'chatbox --version',
        floor: 3,
        aim: 3,
        ours: seen.render,
        peer: seen.version,
      }),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runToEnd(args) {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [bin, ...args], { stdio: 'ignore', timeout: deadlineMs });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      const tookMs = performance.now() - startedAt;
      if (code === 0) resolve(tookMs);
      else reject(new Error(`chatbox ${args.join(' ')} exited with ${code}`));
    });
  });
}
