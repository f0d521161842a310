import { describe, expect, it } from "vitest";
import { knownFormats, loadLinearPatterns } from "../../src/schema/validator/index.ts";
import { type Count, runSuite, suite } from "./suite.ts";
import expected from "./suite-counts.json" with { type: "json" };

const counts = expected as Record<string, Record<string, Count>>;

/** Asserting the content keywords is optional, and they are not asserted here. */
const notAsserted = ["content.json"];

describe.skipIf(suite === undefined)("JSON-Schema-Test-Suite", () => {
  for (const folder of ["draft2020-12", "draft7"]) {
    for (const engine of ["author", "linear"]) {
      const options = async () => (engine === "author" ? {} : { patterns: await loadLinearPatterns() });

      it(`${folder}, every required case, with ${engine} patterns (TOOL-5, T-26)`, async () => {
        const run = runSuite(folder, await options());
        expect(run.wrong).toEqual([]);
        expect(run.counts).toEqual(counts[folder]);
      });

      it(`${folder}, the optional cases but for formats, with ${engine} patterns`, async () => {
        const run = runSuite(`${folder}/optional`, await options(), notAsserted);
        expect(run.wrong).toEqual([]);
        expect(run.counts).toEqual(counts[`${folder}/optional`]);
      });
    }

    it(`${folder}: only what leaves the document, or declares another dialect, is refused (TOOL-5)`, () => {
      const run = runSuite(folder, {});
      for (const [name, messages] of Object.entries(run.refusals)) {
        const reason =
          name === "vocabulary.json" ? /^dialect not supported: / : /leaves the document, and nothing is fetched/;
        for (const message of messages) expect(message).toMatch(reason);
      }
      expect(Object.keys(run.refusals)).toEqual(
        folder === "draft7"
          ? ["definitions.json", "ref.json", "refRemote.json"]
          : ["defs.json", "dynamicRef.json", "ref.json", "refRemote.json", "vocabulary.json"],
      );
      expect(run.counts["refRemote.json"]?.passed).toBe(0);
    });

    it(`${folder}: formats are right where they are asserted`, () => {
      const run = runSuite(`${folder}/optional/format`, { formats: knownFormats });
      const known = [...knownFormats.keys()].map((format) => `${format}.json`);
      const wrong = run.wrong.filter((one) => known.some((name) => one.startsWith(`${name}: `)));
      // A label of a host name is not decoded from Punycode, and no address in brackets is looked into.
      const left = wrong.filter(
        (one) => !one.startsWith("hostname.json: validation of A-label (punycode) host names: "),
      );
      expect(left).toEqual(["uri.json: validation of URIs: leading zero in an embedded IPv4 address is invalid"]);
      expect(Object.fromEntries(known.map((name) => [name, run.counts[name]?.passed ?? 0]))).toEqual(
        Object.fromEntries(known.map((name) => [name, counts[`${folder}/optional/format`]?.[name]?.passed ?? 0])),
      );
    });
  }
});
