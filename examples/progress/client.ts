// Watches the progress of a call, cancels one that runs, and gives up on one that takes too long.
//
//   npm run example -- progress
import { LocalError } from "mcplex";
import { connect } from "mcplex/node";

const client = await connect(["node", "server.js"]);

const copied = await client.call(
  "copy",
  { files: 3 },
  {
    onProgress: ({ progress, total, message }) => console.log(`${progress}/${total} ${message}`),
  },
);
console.log(copied);

// The reason goes to the server.
const controller = new AbortController();
try {
  await client.call(
    "copy",
    { files: 100_000 },
    {
      signal: controller.signal,
      onProgress: ({ progress }) => progress === 2 && controller.abort("The user closed the window"),
    },
  );
} catch (error) {
  if (error instanceof LocalError) console.log(`${error.code}: ${error.cause}`);
}

// `timeout` is patience with a call on which nothing happens, `totalTimeout` with the whole of it.
try {
  await client.call("copy", { files: 100_000 }, { totalTimeout: 100 });
} catch (error) {
  if (error instanceof LocalError) console.log(`${error.code}: ${error.message}`);
}

console.log(`\nThe server's journal:\n${await client.call("journal")}`);
await client.close();
