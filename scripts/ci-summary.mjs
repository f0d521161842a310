// Adds up the test reports of a CI run: node scripts/ci-summary.mjs <folder of reports> [names of failed steps]
//
// Fails when a step or a test failed, when a Node ran no test, and, where the fixtures are present, when a test was
// skipped, except by want of a browser. The last line counts the tests, and each of these problems as a failure.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "./chromium.mjs";

const [folder, ...failedSteps] = process.argv.slice(2);
if (folder === undefined) throw new Error("Name the folder of the reports.");

const problems = failedSteps.map((step) => `step failed: ${step}`);
let passed = 0;
let failed = 0;
for (const name of ["system", "node22", "node24"]) {
  const path = join(folder, `${name}.json`);
  if (!existsSync(path)) {
    problems.push(`${name}: no test report`);
    continue;
  }
  const report = JSON.parse(readFileSync(path, "utf8"));
  const skipped = report.numPendingTests + report.numTodoTests;
  console.log(`${name}: ${report.numPassedTests} passed, ${report.numFailedTests} failed, ${skipped} skipped`);
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  if (report.numPassedTests === 0) problems.push(`${name}: no test passed`);
  if (!report.success && report.numFailedTests === 0) problems.push(`${name}: a test file failed`);
  if (skipped === 0 || process.env.MCPLEX_FIXTURES === undefined) continue;
  for (const file of report.testResults) {
    if (chromium === undefined && file.name.endsWith("/test/auth/browser.test.ts")) {
      console.log(`${name}: the tests in a browser are skipped, since there is no chromium`);
      continue;
    }
    for (const test of file.assertionResults) {
      if (["skipped", "pending", "todo"].includes(test.status)) problems.push(`${name}: skipped: ${test.fullName}`);
    }
  }
}
for (const problem of problems) console.log(problem);
console.log(`${passed} passed, ${failed + problems.length} failed`);
process.exitCode = problems.length > 0 || failed > 0 ? 1 : 0;
