// Serves a class whose methods are marked by decorators, over stdio.
import { Server } from "mcplex/server";
import { serveStdio } from "mcplex/server/stdio";
import { Calculator } from "./calculator.ts";

serveStdio(new Server({ name: "calculator", version: "1.0.0" }).add(new Calculator()));
