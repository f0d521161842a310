// The browser of the tests that need one, where Debian's package of that name is installed.
import { existsSync } from "node:fs";

const path = "/usr/bin/chromium";

export const chromium = existsSync(path) ? path : undefined;
