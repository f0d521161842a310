// A client in a process of its own: `node client.mjs <adapter> memory|http|stdio <options in JSON>`. Asked over IPC it
// calls a tool for some milliseconds, and tells what that took.
const [, , adapter, kind, json] = process.argv;
const { url, modern, command, args } = JSON.parse(json);
const { connectHttp, connectMemory, connectStdio } = await import(adapter);

function connect() {
  if (kind === "memory") return connectMemory();
  return kind === "http" ? connectHttp(url, modern) : connectStdio(command, args);
}
const client = await connect();

/** Calls at once on each of `width` lanes. In memory nothing else gives the event loop a turn. */
async function measure({ width, milliseconds }) {
  const before = process.cpuUsage();
  const end = performance.now() + milliseconds;
  let [count, bad] = [0, 0];
  const lane = async () => {
    while (performance.now() < end) {
      for (let call = 0; call < 8; call += 1) {
        const { content } = await client.call("echo", { text: "hello" });
        if (content.length !== 1 || content[0].text !== "hello") bad += 1;
        count += 1;
      }
      if (kind === "memory") await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  const { user, system } = process.cpuUsage(before);
  return { count, bad, cpu: user + system };
}

process.on("message", (/** @type {any} */ asked) => {
  void measure(asked).then(
    (told) => process.send?.(told),
    (error) => process.send?.({ error: String(error?.stack ?? error) }),
  );
});
process.on("disconnect", () => {
  setTimeout(() => process.exit(), 500).unref();
  void Promise.resolve(client.close()).finally(() => process.exit());
});
process.send?.({});
