#!/usr/bin/env node
// Runs the command line of dist/ and ends with its exit code.
import { runProcess } from '../dist/cli/main.js';

process.exitCode = await runProcess(process);
