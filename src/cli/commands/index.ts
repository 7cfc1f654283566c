// Station: cli/commands. Every command, in the order of the help. Called by program and by the page docs/cli.md.
import type { Command } from '../command.js';
import { chatCommand } from './chat.js';
import { configCheckCommand, configDocsCommand, configShowCommand } from './config.js';
import { doctorCommand } from './doctor.js';
import { importCommand } from './import.js';
import { k8sRenderCommand } from './k8s-render.js';
import { serveCommand } from './serve.js';
import { storeBackupCommand, storeRestoreCommand } from './store.js';
import { tokenCreateCommand, tokenInspectCommand } from './token.js';
import { usersEraseCommand, usersExportCommand } from './users.js';

/** What the words are about under which several commands lie. */
export const commandGroups: Readonly<Record<string, string>> = {
  config: 'Look at the configuration',
  k8s: 'Manifests for Kubernetes',
  token: 'Make and read tokens',
  store: 'Back up the store, and bring it back',
  users: 'What is kept of a user: show it, remove it',
};

/** Every command. */
export const commands: readonly Command[] = [
  serveCommand,
  chatCommand,
  configShowCommand,
  configCheckCommand,
  configDocsCommand,
  doctorCommand,
  k8sRenderCommand,
  tokenCreateCommand,
  tokenInspectCommand,
  storeBackupCommand,
  storeRestoreCommand,
  importCommand,
  usersExportCommand,
  usersEraseCommand,
];
