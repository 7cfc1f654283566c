// Station: cli/init. What `chatbox init` writes: each file with its text, from templates/ or made of the schema. Called by run-init.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { envExample } from '../../server/config/docs.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { templatesDir } from '../templates-dir.js';

/** A file to write. */
export interface InitFile {
  /** Below the folder that is initialised, with slashes. */
  readonly path: string;
  readonly what: string;
  readonly text: string;
}

/** Each file, and the template that it is a copy of; null for one that is made. */
const plan: readonly (readonly [path: string, template: string | null, what: string])[] = [
  ['Dockerfile', 'Dockerfile', 'the image: pinned by digest, without root, without configuration'],
  ['.dockerignore', 'dockerignore', 'what stays out of the image'],
  ['compose.yaml', 'compose.yaml', 'chatbox and MongoDB on one machine'],
  ['mongo-user.js', 'mongo-user.js', 'makes the database user of compose.yaml'],
  ['.env.example', null, 'every variable, to copy to .env'],
  ['chatbox.yaml', 'chatbox.yaml', 'settings that are no secrets'],
  ['.github/workflows/ci.yml', 'github-ci.yml', 'pipeline for GitHub'],
  ['.gitlab-ci.yml', 'gitlab-ci.yml', 'pipeline for GitLab'],
];

/** Every file with its text. Throws CliError when the installation lacks a template. */
export async function initFiles(): Promise<readonly InitFile[]> {
  return await Promise.all(
    plan.map(async ([path, template, what]) => ({
      path,
      what,
      text: template === null ? composeVariables + envExample() : await readTemplate(template),
    })),
  );
}

/** What compose.yaml asks for beside the settings of chatbox. */
const composeVariables = `# Passwords of the database in compose.yaml, letters and digits: chatbox has one user, the other is yours.
#MONGO_PASSWORD=
#MONGO_ROOT_PASSWORD=

`;

async function readTemplate(name: string): Promise<string> {
  try {
    return await readFile(join(templatesDir(), name), 'utf8');
  } catch (cause) {
    throw new CliError(exitCodes.failure, `the template ${name} is not there`, 'install chatbox anew', cause);
  }
}
