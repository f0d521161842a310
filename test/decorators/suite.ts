/** What decorated classes do, whatever compiled them: each case is run in the emit of several compilers. */
import assert from "node:assert/strict";
import { Client } from "mcplex/client";
import { definitions, prompt, resource, tool, withPrefix } from "mcplex/decorators";
import { type Context, Server, serve, tool as defineTool, ToolError } from "mcplex/server";
import { memory } from "mcplex/transports";
import { type } from "arktype";
import { z } from "zod";

const Item = z.object({ item: z.string() });
const Price = z.object({ price: z.number() });

class Shop {
  readonly name: string;
  #sold = 0;
  readonly stock = new Map([
    ["apple", 3],
    ["pear", 4],
  ]);

  constructor(name: string) {
    this.name = name;
  }

  @tool({ description: "Sells an item", input: Item, output: Price, annotations: { destructiveHint: false } })
  sell({ item }: z.infer<typeof Item>) {
    const price = this.stock.get(item);
    if (price === undefined) throw new ToolError(`${this.name} has no ${item}`);
    this.#count();
    return { price };
  }

  @tool({ name: "sold-so-far", title: "Sold" })
  async sold(_input: object, context: Context) {
    await context.progress(1, 1, "counted");
    return `${this.name} sold ${this.#sold}`;
  }

  @prompt({
    input: Item,
    complete: {
      item(this: Shop, typed) {
        return [...this.stock.keys()].filter((name) => name.startsWith(typed));
      },
    },
  })
  haggle({ item }: z.infer<typeof Item>) {
    return `Ask ${this.name} for a better price of ${item}`;
  }

  #count() {
    this.#sold += 1;
  }
}

class Notes {
  readonly #notes = new Map([["1", "Buy milk"]]);
  closed = false;

  @resource("note://{id}", {
    mimeType: "text/plain",
    list(this: Notes) {
      return [...this.#notes.keys()].map((id) => ({ uri: `note://${id}`, name: id }));
    },
    visible(this: Notes) {
      return !this.closed;
    },
  })
  note({ id }: { id: string }) {
    return this.#notes.get(id);
  }

  @resource("note://all", { name: "everything" })
  all() {
    return [...this.#notes.values()].join();
  }
}

/** A class without decorators between two with them. */
class Corner extends Shop {
  override sell(input: z.infer<typeof Item>) {
    return { price: super.sell(input).price * 2 };
  }
}

class Kiosk extends Corner {
  @tool({ name: "count" })
  override async sold() {
    return "nobody counts";
  }

  @tool({})
  close() {
    return "closed";
  }
}

const make = () => new Server({ name: "decorated", version: "1.0.0" });

async function use(server: Server, act: (client: Client) => Promise<void>): Promise<void> {
  const [here, there] = memory();
  const serving = serve(server, there);
  const client = await Client.connect(here);
  try {
    await act(client);
  } finally {
    await client.close();
    await serving.close();
  }
}

async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const entries: T[] = [];
  for await (const entry of list) entries.push(entry);
  return entries;
}

const refusal = (pattern: RegExp) => (error: unknown) =>
  error instanceof Error && error.name === "DefinitionError" && pattern.test(error.message);

/** The cases by what they show. */
export const cases: Readonly<Record<string, () => Promise<void> | void>> = {
  "tools have the name of their method, or the one that is given, and say of themselves what is said": () =>
    use(make().add(new Shop("Ann")), async (client) => {
      const [sell, sold, ...others] = await all(client.tools());
      assert.equal(sell?.name, "sell");
      assert.equal(sell.description, "Sells an item");
      assert.deepEqual(sell.annotations, { destructiveHint: false });
      assert.deepEqual(sell.inputSchema.required, ["item"]);
      assert.deepEqual(sell.outputSchema?.["required"], ["price"]);
      assert.deepEqual([sold?.name, sold?.title], ["sold-so-far", "Sold"]);
      assert.deepEqual(others, []);
    }),

  "tools are called on their instance, with its private members, the arguments and the context": () =>
    use(make().add(new Shop("Ann")), async (client) => {
      assert.deepEqual(await client.call("sell", { item: "apple" }), { price: 3 });
      await assert.rejects(client.call("sell", { item: "plum" }), { name: "ToolError", message: "Ann has no plum" });
      await assert.rejects(client.call("sell", { item: 5 }), { name: "ToolError" });
      const heard: unknown[] = [];
      const onProgress = (told: unknown) => void heard.push(told);
      assert.equal(await client.call("sold-so-far", {}, { onProgress }), "Ann sold 1");
      assert.deepEqual(heard, [{ progress: 1, total: 1, message: "counted" }]);
    }),

  "tools take schemas that are functions": () => {
    class Counter {
      @tool({ input: type({ n: "number" }) })
      next({ n }: { n: number }) {
        return `${n + 1}`;
      }
    }
    return use(make().add(new Counter()), async (client) => {
      assert.equal(await client.call("next", { n: 1 }), "2");
      await assert.rejects(client.call("next", { n: "1" }), { name: "ToolError" });
    });
  },

  "prompts are written and completed by their instance": () =>
    use(make().add(new Shop("Ann")), async (client) => {
      assert.deepEqual(await all(client.prompts()), [
        { name: "haggle", arguments: [{ name: "item", required: true }] },
      ]);
      const { messages } = await client.getPrompt("haggle", { item: "pear" });
      assert.deepEqual(messages[0]?.content, { type: "text", text: "Ask Ann for a better price of pear" });
      const ref = { type: "ref/prompt", name: "haggle" } as const;
      const { values } = await client.complete({ ref, argument: { name: "item", value: "p" } });
      assert.deepEqual(values, ["pear"]);
    }),

  "resources are read, listed and hidden by their instance": async () => {
    const notes = new Notes();
    await use(make().add(notes), async (client) => {
      assert.deepEqual(await all(client.resources()), [
        { uri: "note://all", name: "everything" },
        { uri: "note://1", name: "1" },
      ]);
      assert.deepEqual(await all(client.resourceTemplates()), [
        { uriTemplate: "note://{id}", name: "note", mimeType: "text/plain" },
      ]);
      const { contents } = await client.readResource("note://1");
      assert.deepEqual(contents, [{ uri: "note://1", mimeType: "text/plain", text: "Buy milk" }]);
      assert.equal((await client.readResource("note://all")).contents.length, 1);
      await assert.rejects(client.readResource("note://2"), { name: "ResourceNotFoundError" });
      notes.closed = true;
      await assert.rejects(client.readResource("note://1"), { name: "ResourceNotFoundError" });
    });
  },

  "a subclass has what its base has, with the methods that it overrides": () =>
    use(make().add(new Corner("Bob")), async (client) => {
      assert.deepEqual(
        (await all(client.tools())).map(({ name }) => name),
        ["sell", "sold-so-far"],
      );
      assert.deepEqual(await client.call("sell", { item: "apple" }), { price: 6 });
      assert.equal(await client.call("sold-so-far"), "Bob sold 1");
    }),

  "a method that is decorated again replaces what the base says of it, in its place": () =>
    use(make().add(new Kiosk("Cat")), async (client) => {
      assert.deepEqual(
        (await all(client.tools())).map(({ name }) => name),
        ["sell", "count", "close"],
      );
      assert.deepEqual(await client.call("sell", { item: "pear" }), { price: 8 });
      assert.equal(await client.call("count"), "nobody counts");
    }),

  "a subclass leaves its base as it was": () => {
    const names = definitions(new Shop("Ann")).map((one) => (one.kind === "resource" ? one.uri : one.name));
    assert.deepEqual(names, ["sell", "sold-so-far", "haggle"]);
  },

  "several instances of one class stand side by side under prefixes": () => {
    const [north, south] = [new Shop("north"), new Shop("south")];
    const server = make().add(...withPrefix("north_", north), ...withPrefix("south_", south));
    return use(server, async (client) => {
      assert.deepEqual(
        (await all(client.tools())).map(({ name }) => name),
        ["north_sell", "north_sold-so-far", "south_sell", "south_sold-so-far"],
      );
      await client.call("south_sell", { item: "apple" });
      assert.equal(await client.call("north_sold-so-far"), "north sold 0");
      assert.equal(await client.call("south_sold-so-far"), "south sold 1");
      assert.equal((await client.getPrompt("north_haggle", { item: "pear" })).messages.length, 1);
    });
  },

  "several instances of one class without prefixes are refused": () => {
    const server = make().add(new Shop("Ann"));
    assert.throws(() => server.add(new Shop("Bob")), refusal(/There is a tool "sell" already/));
  },

  "a prefix is none for a resource": () =>
    assert.throws(() => withPrefix("a_", new Notes()), refusal(/"note:\/\/\{id\}" has a URI, which takes no prefix/)),

  "an instance and definitions are added together": () => {
    const server = make().add(
      defineTool("plain", {}, () => "x"),
      new Notes(),
      new Shop("Ann"),
    );
    assert.deepEqual(server.tools.names(), ["plain", "sell", "sold-so-far"]);
    assert.deepEqual([server.templates.names(), server.resources.names()], [["note://{id}"], ["note://all"]]);
  },

  "what is decorated may be left out": () => {
    const chosen = definitions(new Shop("Ann")).filter(({ kind }) => kind === "prompt");
    assert.deepEqual(
      make()
        .add(...chosen)
        .prompts.names(),
      ["haggle"],
    );
  },

  "a method may be several things, and have a symbol for a name": () => {
    const key = Symbol("key");
    class Both {
      @tool({ name: "one" })
      @tool({ name: "two" })
      @prompt({ name: "three" })
      [key]() {
        return "both";
      }
    }
    const server = make().add(new Both());
    assert.deepEqual([server.tools.names().toSorted(), server.prompts.names()], [["one", "two"], ["three"]]);
    return use(server, async (client) => assert.equal(await client.call("one"), "both"));
  },

  "other decorators wrap the method, on either side": () => {
    const loud = (method: () => string) =>
      function (this: object) {
        return method.call(this).toUpperCase();
      };
    class Wrapped {
      #word = "word";

      @tool()
      @loud
      inside() {
        return this.#word;
      }

      @loud
      @tool()
      outside() {
        return this.#word;
      }
    }
    return use(make().add(new Wrapped()), async (client) => {
      assert.equal(await client.call("inside"), "WORD");
      assert.equal(await client.call("outside"), "WORD");
    });
  },

  "a method that a symbol names needs a name": () =>
    assert.throws(
      () => {
        class Nameless {
          @tool({})
          [Symbol.iterator]() {
            return "x";
          }
        }
        return Nameless;
      },
      refusal(/has no name that can be sent: give it the option "name"/),
    ),

  "a class that decorates no method of its instances is refused": () => {
    class Plain {
      method() {}
    }
    const fix = "decorate one with @tool, @prompt or @resource, and give an instance, not the class";
    assert.throws(() => definitions(new Plain()), refusal(new RegExp(`No method of Plain is decorated: ${fix}`)));
    assert.throws(() => definitions(Object.create(null) as object), refusal(/give an instance/));
    assert.throws(() => definitions(Shop), refusal(/give an instance, not the class/));
    assert.throws(() => make().add(new Plain()), refusal(/Add a tool, prompt, resource or decorated instance/));
    assert.throws(() => make().add(Object.create(null) as object), refusal(/Add a tool, prompt, resource/));
  },

  "metadata of other decorators is left alone": () => {
    const note = (_method: unknown, context: ClassMethodDecoratorContext) =>
      void Object.assign(context.metadata ?? {}, { noted: true });
    class Noted {
      @note
      @tool()
      one() {
        return "x";
      }
    }
    class Other {
      @note
      one() {}
    }
    const { metadata } = Symbol as unknown as { readonly metadata: symbol };
    assert.equal((Noted as unknown as Record<symbol, { noted?: boolean }>)[metadata]?.noted, true);
    assert.deepEqual(make().add(new Noted()).tools.names(), ["one"]);
    assert.throws(() => make().add(new Other()), refusal(/Add a tool/));
  },
};
