// Station: cli/k8s. Runs `chatbox k8s render`: options and files in, objects out. Nothing is written before everything is known to be right.
import { basename, resolve } from 'node:path';
import type { OptionName } from '../../k8s/option-list.js';
import { parseOptions } from '../../k8s/parse-options.js';
import { render } from '../../k8s/render.js';
import { missingOptions, resolveSettings } from '../../k8s/resolve-settings.js';
import { type ConfigSource, readServerPart } from '../../k8s/server-part.js';
import type { RenderSettings } from '../../k8s/settings.js';
import { toStream } from '../../k8s/to-yaml.js';
import { describeProblem, type Notice, type Problem } from '../../server/config/problem.js';
import { diskFiles } from '../../server/config/sources.js';
import { type Invocation, optionText } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { flagOf, readOptions } from './read-options.js';

/** Prints or writes the objects. */
export async function runRender(invocation: Invocation): Promise<number> {
  const { output, io, options } = invocation;
  const folder = optionText(invocation, 'outputDir');
  const chartFolder = optionText(invocation, 'chart');
  if (folder !== undefined && chartFolder !== undefined) {
    throw new CliError(exitCodes.usage, '--output-dir and --chart are two ways to write the same', 'keep one of them');
  }
  const { settings, notices } = await settingsOf(invocation);
  for (const { source, message } of notices) output.warn(`${source}: ${message}`);
  if (settings.hasDevDependencies)
    output.warn('--with-dev-dependencies: one MongoDB without a backup, for a test cluster');
  const force = options.force === true;
  if (chartFolder !== undefined) {
    const [{ chart }, { writeFiles }, { packageVersion }] = await Promise.all([
      import('../../k8s/chart.js'),
      import('./write-files.js'),
      import('../version.js'),
    ]);
    const files = chart(settings, packageVersion());
    const isOurs = (path: string) =>
      /^(Chart\.yaml|values\.yaml|values\.schema\.json|templates\/[a-z-]+\.yaml|templates\/NOTES\.txt)$/.test(path);
    await writeFiles(resolve(io.cwd, chartFolder), files, { isOurs, force });
    return await said(
      invocation,
      chartFolder,
      files.map(({ path }) => path),
    );
  }
  const objects = render(settings);
  if (folder !== undefined) {
    const [{ kustomization }, { writeFiles }] = await Promise.all([
      import('../../k8s/kustomization.js'),
      import('./write-files.js'),
    ]);
    const files = kustomization(objects);
    const isOurs = (path: string) => /^[a-z-]+\.yaml$/.test(path);
    await writeFiles(resolve(io.cwd, folder), files, { isOurs, force });
    return await said(
      invocation,
      folder,
      files.map(({ path }) => path),
    );
  }
  const items = objects.map(({ manifest }) => manifest);
  await output.result({ apiVersion: 'v1', kind: 'List', items }, () => toStream(items));
  return exitCodes.ok;
}

async function said({ output }: Invocation, folder: string, files: readonly string[]): Promise<number> {
  await output.result({ folder, files }, () => '');
  output.talk(`${files.length} files written to ${folder}`);
  return exitCodes.ok;
}

interface Resolved {
  readonly settings: RenderSettings;
  readonly notices: readonly Notice[];
}

async function settingsOf(invocation: Invocation): Promise<Resolved> {
  const given = await readOptions(invocation);
  const parsed = parseOptions(given.options);
  const { values, sources } = parsed;
  const early = [...given.problems, ...parsed.problems, ...missingOptions(values, sources)];
  const { image, host } = values;
  const source = await configSource(values.config, invocation, sources, early);
  const server = await readServerPart(values, source);
  const problems = server.ok ? early : [...early, ...server.problems];
  if (!server.ok || problems.length > 0 || image === undefined || host === undefined) throw refusal(problems);
  const resolved = resolveSettings(
    { ...values, image, host },
    server.part,
    (name) => sources.get(name) ?? flagOf(name),
  );
  if (!resolved.ok) throw refusal(resolved.problems);
  return { settings: resolved.settings, notices: server.notices };
}

async function configSource(
  path: string | undefined,
  { io }: Invocation,
  sources: ReadonlyMap<OptionName, string>,
  problems: Problem[],
): Promise<ConfigSource | null> {
  if (path === undefined) return null;
  const read = await diskFiles.text(resolve(io.cwd, path));
  if (read.ok) return { text: read.text, label: basename(path) };
  problems.push({ source: `${sources.get('config') ?? '--config'} ${path}`, message: read.reason, fix: null });
  return null;
}

function refusal(problems: readonly Problem[]): CliError {
  const count = problems.length === 1 ? 'is a problem' : `are ${problems.length} problems`;
  const lines = problems.map((problem) => `  ${describeProblem(problem)}`).join('\n');
  return new CliError(
    exitCodes.usage,
    `nothing is rendered, there ${count}:\n${lines}`,
    `mend ${problems.length === 1 ? 'it' : 'them all'}; see \`chatbox help k8s render\``,
  );
}
