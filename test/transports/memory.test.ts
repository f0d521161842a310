import { memory } from "../../src/transports/index.ts";
import { carriesConversations } from "./conversation.ts";

carriesConversations("memory", async () => {
  const [client, server] = memory();
  return { client, server };
});
