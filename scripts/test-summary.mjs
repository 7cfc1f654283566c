// Prints the closing line of a CI run from vitest's JSON report: `N passed, N failed`. Exits 1 when a test, or one of the steps that it is told of, failed.
// A step that failed without a failed test (coverage gate, type error, lint) counts as one failure, so that the line never says that all is well when it is not.
import { readFileSync } from 'node:fs';

const [path, failedSteps = '0'] = process.argv.slice(2);

function readReport() {
  try {
    const report = JSON.parse(readFileSync(path, 'utf8'));
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + report.numTodoTests,
      failedFiles: report.testResults.filter((file) => file.status === 'failed').length,
    };
  } catch (error) {
    console.error(`no test report: ${error.message}`);
    return { passed: 0, failed: 1, skipped: 0, failedFiles: 0 };
  }
}

const { passed, failed, skipped, failedFiles } = readReport();
const unseen = failed === 0 ? Math.max(failedFiles, Number(failedSteps)) : 0;
if (skipped > 0) console.log(`${skipped} skipped, each with its reason above`);
console.log(`${passed} passed, ${failed + unseen} failed`);
process.exitCode = failed + unseen > 0 ? 1 : 0;
