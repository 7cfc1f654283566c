// Station: cli/commands. Every command, in the order of the help. Called by program and by the page docs/cli.md.
import type { Command } from '../command.js';
import { chatCommand } from './chat.js';
import { configCheckCommand, configDocsCommand, configShowCommand } from './config.js';
import { doctorCommand } from './doctor.js';
import { importCommand } from './import.js';
import { initCommand } from './init.js';
import { k8sCheckCommand } from './k8s-check.js';
import { k8sRenderCommand } from './k8s-render.js';
import { keysListCommand, keysRotateCommand } from './keys.js';
import { secretsCheckCommand, secretsCreateCommand, secretsRotateCommand } from './secrets.js';
import { serveCommand } from './serve.js';
import {
  sessionsEndCommand,
  sessionsExportCommand,
  sessionsListCommand,
  sessionsShowCommand,
  sessionsTailCommand,
} from './sessions.js';
import { storeBackupCommand, storeRestoreCommand } from './store.js';
import { takeoverCommand } from './takeover.js';
import { tokenCreateCommand, tokenInspectCommand } from './token.js';
import { topCommand } from './top.js';
import { usersEraseCommand, usersExportCommand } from './users.js';

/** What the words are about under which several commands lie. */
export const commandGroups: Readonly<Record<string, string>> = {
  sessions: 'Look at conversations, follow, export and end them',
  config: 'Look at the configuration',
  k8s: 'Manifests for Kubernetes',
  secrets: 'Make the secrets of a deployment, look at them, and rotate them',
  token: 'Make and read tokens',
  store: 'Back up the store, and bring it back',
  keys: 'Encryption keys: which are used, and from one to the next',
  users: 'What is kept of a user: show it, remove it',
};

/** Every command. */
export const commands: readonly Command[] = [
  serveCommand,
  chatCommand,
  takeoverCommand,
  sessionsListCommand,
  sessionsShowCommand,
  sessionsTailCommand,
  sessionsExportCommand,
  sessionsEndCommand,
  topCommand,
  configShowCommand,
  configCheckCommand,
  configDocsCommand,
  initCommand,
  doctorCommand,
  k8sCheckCommand,
  k8sRenderCommand,
  secretsCreateCommand,
  secretsCheckCommand,
  secretsRotateCommand,
  tokenCreateCommand,
  tokenInspectCommand,
  storeBackupCommand,
  storeRestoreCommand,
  importCommand,
  keysListCommand,
  keysRotateCommand,
  usersExportCommand,
  usersEraseCommand,
];
