import { resource } from "mcplex/server";
import { PIXEL } from "./samples.ts";

export const resources = [
  resource("test://static-text", () => "This is the content of the static text resource.", {
    name: "Static text",
    description: "A text that never changes",
    mimeType: "text/plain",
  }),
  resource("test://static-binary", () => Buffer.from(PIXEL, "base64"), {
    name: "Static picture",
    description: "A picture that never changes",
    mimeType: "image/png",
  }),
  resource("test://watched-resource", () => "Watched resource content", {
    name: "Watched text",
    description: "A text that clients may subscribe to",
    mimeType: "text/plain",
  }),
  resource(
    "test://template/{id}/data",
    ({ id }) => JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
    { name: "Data", description: "Data by its id", mimeType: "application/json" },
  ),
];
