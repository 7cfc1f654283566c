#!/usr/bin/env node
// Runs the command line as it was bundled (docs/decisions/bundled-start.md) and ends with its exit code.
import { runProcess } from '../dist/bundle/main.js';

process.exitCode = await runProcess(process);
