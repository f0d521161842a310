// A program on the machine of a user, who logs in with the browser: at first to read, and once more when the program
// wants to publish. The program knows the URL of the server and nothing else; it registers itself.
//
//   npm run example -- oauth
import { authorizationCode, withOAuth } from "mcplex/auth/client";
import { Client } from "mcplex/client";
import { http } from "mcplex/client/http";
import { receiveCallback } from "mcplex/node";
import { close, url } from "./server.ts";
import { logIn } from "./user.ts";

const receiver = await receiveCallback();
const fetch = withOAuth(globalThis.fetch, {
  // Here `store: await fileTokenStore(path)` of mcplex/node makes the next start go without the user.
  grant: authorizationCode({
    redirectUri: receiver.redirectUri,
    clientMetadata: { client_name: "The writing desk" },
    async authorize(target, { scope, signal }) {
      console.log(`  The browser opens, for ${scope}`);
      const [callback] = await Promise.all([
        receiver.callback(target, { signal }),
        logIn(target, "alice", "looking-glass"),
      ]);
      return callback;
    },
  }),
  onEvent: ({ type, scope }) => console.log(`  (${type}${scope === undefined ? "" : `: ${scope}`})`),
});

console.log("Log in");
await fetch.authorize(url);

const client = await Client.connect(http(url, { fetch }));
console.log("Read");
console.log(await client.call("read"));
console.log("Publish");
console.log(await client.call("publish"));
console.log("Publish again");
console.log(await client.call("publish"));

await client.close();
await receiver.close();
await close();
