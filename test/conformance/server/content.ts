/** Tools that answer with every kind of content, report on themselves, and fail. */
import { setTimeout as pause } from "node:timers/promises";
import { audio, embedded, image, text, ToolError, tool } from "mcplex/server";
import { PIXEL, SILENCE } from "./samples.ts";

/** What the suite expects between two messages, in milliseconds. */
const STEP = 50;

export const simpleText = tool(
  "test_simple_text",
  { description: "Gives a text" },
  () => "This is a simple text response for testing.",
);

export const contentTools = [
  tool("test_image_content", { description: "Gives a picture" }, () => image(PIXEL, "image/png")),
  tool("test_audio_content", { description: "Gives a sound" }, () => audio(SILENCE, "audio/wav")),
  tool("test_embedded_resource", { description: "Gives a resource" }, () =>
    embedded({
      uri: "test://embedded-resource",
      mimeType: "text/plain",
      text: "This is an embedded resource content.",
    }),
  ),
  tool("test_multiple_content_types", { description: "Gives a text, a picture and a resource" }, () => [
    text("Multiple content types test:"),
    image(PIXEL, "image/png"),
    embedded({
      uri: "test://mixed-content-resource",
      mimeType: "application/json",
      text: JSON.stringify({ test: "data", value: 123 }),
    }),
  ]),
  tool("test_error_handling", { description: "Fails" }, () => {
    throw new ToolError("This tool intentionally returns an error for testing");
  }),
  tool("test_tool_with_progress", { description: "Tells how far it is" }, async (_input, context) => {
    for (const done of [0, 50, 100]) {
      await context.progress(done, 100);
      await pause(STEP);
    }
    return "Done";
  }),
  tool("test_tool_with_logging", { description: "Logs what it does" }, async (_input, context) => {
    for (const message of ["Tool execution started", "Tool processing data", "Tool execution completed"]) {
      await context.log("info", message);
      await pause(STEP);
    }
    return "Done";
  }),
  tool("test_reconnection", { description: "Lets the client come back for it" }, async (_input, context) => {
    context.binding?.disconnect?.(500);
    await pause(2 * STEP);
    return "Reconnection test completed successfully";
  }),
  tool("test_logging_tool", { description: "Logs a line where the client wants it" }, async (_input, context) => {
    await context.log("info", "A line of the log");
    return "Done";
  }),
];
