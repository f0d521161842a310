import process from "node:process";
import { type Browser, type BrowserContext, chromium as engine, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { chromium } from "../../scripts/chromium.mjs";
import { type AuthEvent, authorizationCode, type OAuthOptions, withOAuth } from "../../src/auth/client/index.ts";
import { Client } from "../../src/client/index.ts";
import { http } from "../../src/client/http/index.ts";
import { type CallbackReceiver, receiveCallback } from "../../src/node/index.ts";
import { type Guarded, guarded } from "../auth-server/guarded.ts";

if (chromium === undefined) console.warn("No chromium at /usr/bin/chromium: the tests in a browser are skipped.");

describe.skipIf(chromium === undefined)("a user with a browser", () => {
  let browser: Browser;
  let context: BrowserContext;
  let site: Guarded;
  let receiver: CallbackReceiver;
  let events: AuthEvent["type"][];

  beforeAll(async () => {
    browser = await engine.launch({
      ...(chromium !== undefined && { executablePath: chromium }),
      chromiumSandbox: process.getuid?.() !== 0,
      // Nothing but this machine is reached.
      args: ["--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"],
      timeout: 15_000,
    });
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    events = [];
    site = await guarded({ pages: true });
    receiver = await receiveCallback({ message: "Go back to the program." });
    context = await browser.newContext();
    context.setDefaultTimeout(5_000);
  });
  afterEach(async () => {
    await context.close();
    await receiver.close();
    await site.close();
  });

  /** Opens a page of the browser for the user, who does something there. */
  function byUser(act: (page: Page) => Promise<void>): OAuthOptions["grant"] {
    return authorizationCode({
      redirectUri: receiver.redirectUri,
      clientMetadata: { client_name: "Program" },
      async authorize(url, { signal }) {
        const visit = async (): Promise<void> => {
          const page = await context.newPage();
          await page.goto(url.href);
          await act(page);
        };
        const [callback] = await Promise.all([receiver.callback(url, { signal }), visit()]);
        return callback;
      },
    });
  }

  function connect(act: (page: Page) => Promise<void>, revision: "2026-07-28" | "2025-11-25"): Promise<Client> {
    const fetch = withOAuth(globalThis.fetch, { grant: byUser(act), onEvent: ({ type }) => events.push(type) });
    return Client.connect(http(site.url, { fetch }), { revisions: [revision] });
  }

  async function logIn(page: Page): Promise<void> {
    expect(new URL(page.url()).origin).toBe(site.authority.issuer);
    await page.getByPlaceholder("Enter any login").fill("ada");
    await page.getByPlaceholder("and password").fill("secret");
    await page.getByRole("button", { name: "Sign-in" }).click();
  }

  /** Reads what is asked for, agrees, and lands on the page of the program. */
  async function consent(page: Page): Promise<void> {
    const agree = page.getByRole("button", { name: "Continue" });
    await agree.waitFor();
    const asked = await page.getByRole("listitem").allInnerTexts();
    expect(asked.join("\n")).toContain(`${site.url}:`);
    expect(asked).toContain("tools");
    await agree.click();
    await page.getByText("Go back to the program.").waitFor();
    expect(page.url().startsWith(`${receiver.redirectUri}?`)).toBe(true);
  }

  describe.each(["2026-07-28", "2025-11-25"] as const)("in %s", (revision) => {
    it("AUTH-16, AUTH-17, AUTH-20: logs in, consents to the scopes of the server, and comes back on loopback", async () => {
      const client = await connect(async (page) => {
        await logIn(page);
        await consent(page);
      }, revision);
      expect(await client.call("who")).toBe("ada tools");
      expect(events).toEqual(["registered", "authorized"]);
      await client.close();
    });

    it("is known to the browser the next time, and only consents to the other program", async () => {
      const first = await connect(async (page) => {
        await logIn(page);
        await consent(page);
      }, revision);
      const second = await connect(consent, revision);
      expect(await second.call("who")).toBe("ada tools");
      await Promise.all([first.close(), second.close()]);
    });

    it("does not get in where the user cancels, and the program hears of it", async () => {
      const refused = connect(async (page) => {
        await page.getByRole("link", { name: "Cancel" }).click();
        await page.getByText("Go back to the program.").waitFor();
      }, revision);
      await expect(refused).rejects.toMatchObject({ name: "AuthError", code: "denied" });
      expect(events).toEqual(["registered"]);
    });
  });
});
