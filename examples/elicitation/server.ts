// Tools that ask the user: by a form with every kind of field, by yes or no, and by sending the user to a URL.
import { Server } from "mcplex/server";
import { serveStdio } from "mcplex/server/stdio";
import { z } from "zod";

// Forms are flat. What people read beside a choice is its title.
const single = z.literal("s").meta({ title: "Single" });
const double = z.literal("d").meta({ title: "Double" });
const crib = z.literal("crib").meta({ title: "A bed for a baby" });
const bowl = z.literal("bowl").meta({ title: "A bowl for a dog" });

const registration = z.object({
  name: z.string().min(1).max(80).meta({ title: "Name" }),
  email: z.email().meta({ title: "E-mail" }),
  website: z.url().meta({ title: "Website" }).optional(),
  arrival: z.iso.date().meta({ title: "Arrival" }),
  alarm: z.iso.datetime().meta({ title: "Wake me" }).optional(),
  nights: z.number().int().min(1).max(30).default(1).meta({ title: "Nights" }),
  budget: z.number().min(0).meta({ title: "Budget per night" }).optional(),
  breakfast: z.boolean().default(true).meta({ title: "With breakfast" }),
  floor: z.enum(["low", "high"]).default("low").meta({ title: "Floor" }),
  bed: z.union([single, double]).meta({ title: "Bed" }),
  meals: z
    .array(z.enum(["lunch", "dinner"]))
    .default([])
    .meta({ title: "Meals" }),
  extras: z
    .array(z.union([crib, bowl]))
    .max(2)
    .meta({ title: "Extras" }),
});

const server = new Server({ name: "hotel", version: "1.0.0" })
  .tool("register", {}, async (_input, context) => {
    const answer = await context.elicit("Who is coming?", registration);
    if (answer.action !== "accept") return `Not registered: the user said ${answer.action}.`;
    const { name, nights, bed, extras } = answer.content;
    return `${name}, ${nights} nights in a bed of the kind ${bed}, with ${extras.join(" and ")}`;
  })
  // `require` fails the tool when the user declines.
  .tool("rename", {}, async (_input, context) => {
    const { name } = await context.require("What is the new name?", z.object({ name: z.string().min(1) }));
    return (await context.confirm(`Rename to ${name}?`)) ? `Renamed to ${name}` : "Left as it was";
  })
  // What must not pass through the client, such as a card number, is typed in on a page of your own.
  .tool("pay", {}, async (_input, context) => {
    const action = await context.elicitUrl("Please pay the deposit", "https://hotel.example/pay?booking=7");
    return action === "accept" ? "The user went to pay" : "Not paid";
  });

serveStdio(server);
