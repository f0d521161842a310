import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import type { Client } from "../../src/client/index.ts";
import { prompt, resource, tool, withPrefix } from "../../src/decorators/index.ts";
import { DefinitionError } from "../../src/errors.ts";
import { type Context, jsonSchema, Server, tool as defineTool, text, type ToolInput } from "../../src/server/index.ts";

const Sum = z.object({ a: z.number(), b: z.number().default(1) });
const Written = z.object({ n: z.string().transform(Number) });
const Total = z.object({ total: z.number() });
const make = (): Server => new Server({ name: "typed", version: "1" });

describe("the compiler takes a decorated method", () => {
  it("whose parameters and result are those of a handler", () => {
    class Right {
      #secret = 1;

      @tool({ input: Sum })
      inferred({ a, b }: z.infer<typeof Sum>, context: Context) {
        return `${a + b + this.#secret} ${context.client.version}`;
      }

      @tool({ input: Written })
      transformed({ n }: { n: number }) {
        return [text(`${n}`)];
      }

      @tool({ input: Sum, output: Total })
      async structured({ a, b }: ToolInput<typeof Sum>): Promise<z.infer<typeof Total>> {
        return { total: a + b };
      }

      @tool({ input: Sum })
      wider(_input: { a?: number }) {
        return "x";
      }

      @tool({ input: jsonSchema<{ city: string }>({ type: "object", properties: { city: { type: "string" } } }) })
      json({ city }: { city: string }) {
        return city;
      }

      @tool()
      bare() {
        return "x";
      }

      @prompt({ input: z.object({ city: z.string() }) })
      ask({ city }: { city: string }) {
        return `Where is ${city}?`;
      }

      @resource("note://{owner}/{id}")
      note({ owner, id }: { owner: string; id: string }, context: Context) {
        return context.signal.aborted ? undefined : `${owner} ${id}`;
      }

      @resource("note://all")
      protected all() {
        return new Uint8Array();
      }
    }
    expect(make().add(new Right()).tools.names()).toHaveLength(6);
  });
});

describe("the compiler refuses a decorated method", () => {
  it("whose parameters or result are not those of a handler", () => {
    class Wrong {
      // @ts-expect-error The argument is a number.
      @tool({ input: Sum })
      argument({ a }: { a: string }) {
        return a;
      }

      // @ts-expect-error The schema does not give this argument.
      @tool({ input: Sum })
      missing({ c }: { c: string }) {
        return c;
      }

      // @ts-expect-error The schema has made a number of it.
      @tool({ input: Written })
      untransformed({ n }: { n: string }) {
        return n;
      }

      // @ts-expect-error Without a schema there are no arguments.
      @tool({})
      undeclared({ a }: { a: number }) {
        return `${a}`;
      }

      // @ts-expect-error The context comes last, and nothing after it.
      @tool({ input: Sum })
      third(_input: object, _context: Context, more: string) {
        return more;
      }

      // @ts-expect-error The second parameter is the context.
      @tool({ input: Sum })
      context(_input: object, context: string) {
        return context;
      }

      // @ts-expect-error A number is no content.
      @tool({})
      number() {
        return 5;
      }

      // @ts-expect-error The value does not fit the output schema.
      @tool({ output: Total })
      unfit() {
        return { total: "5" };
      }

      // @ts-expect-error Nor does text.
      @tool({ output: Total })
      async textual() {
        return "5";
      }

      // @ts-expect-error There is no such option.
      @tool({ inputs: Sum })
      misspelt() {
        return "x";
      }

      // @ts-expect-error An argument is a string.
      @prompt({ input: z.object({ city: z.string() }) })
      city({ city }: { city: number }) {
        return `${city}`;
      }

      // @ts-expect-error A prompt is text or messages.
      @prompt({})
      messages() {
        return { role: "user" as const };
      }

      // @ts-expect-error The template has no such variable.
      @resource("note://{id}")
      variable({ name }: { name: string }) {
        return name;
      }

      // @ts-expect-error A number cannot be read.
      @resource("note://all")
      read() {
        return 5;
      }
    }
    expect(() => make().add(new Wrong())).toThrow('"inputs"');
  });

  it("that no instance offers, and so does the program", () => {
    expect(() => {
      class Static {
        own = "x";

        // @ts-expect-error It is called on an instance.
        @tool({})
        static shared() {
          return "x";
        }
      }
      return Static;
    }).toThrow('@tool stands on the static method "shared": put it on a public method of instances');
    expect(() => {
      class Private {
        // @ts-expect-error Nobody outside reaches it.
        @prompt({})
        #hidden() {
          return "x";
        }

        hidden() {
          return this.#hidden();
        }
      }
      return Private;
    }).toThrow('@prompt stands on the method "#hidden": put it on a public method of instances');
    expect(() => {
      class Getter {
        // @ts-expect-error It is no method.
        @tool({})
        get value() {
          return "x";
        }
      }
      return Getter;
    }).toThrow('@tool stands on the getter "value"');
    expect(() => {
      class Setter {
        // @ts-expect-error It is no method.
        @tool({})
        set value(_value: string) {}
      }
      return Setter;
    }).toThrow('@tool stands on the setter "value"');
    expect(() => {
      class Accessor {
        // @ts-expect-error It is no method.
        @tool({})
        accessor value = "x";
      }
      return Accessor;
    }).toThrow('@tool stands on the accessor "value"');
    expect(() => {
      class Field {
        // @ts-expect-error It is no method.
        @resource("note://all")
        value = () => "x";
      }
      return Field;
    }).toThrow('@resource stands on the field "value"');
    expect(() => {
      // @ts-expect-error It is no method.
      @tool({})
      class Whole {
        own = "x";
      }
      return Whole;
    }).toThrow('@tool stands on the class "Whole"');
  });

  it("whose decorator is not called, and so does the program", () => {
    expect(() => {
      class Bare {
        // @ts-expect-error It must be called.
        @tool
        one() {
          return "x";
        }
      }
      return Bare;
    }).toThrow("@tool must be called: write @tool({ ... })");
    expect(() => {
      class Bare {
        // @ts-expect-error It must be called.
        @resource
        one() {
          return "x";
        }
      }
      return Bare;
    }).toThrow('@resource must be called: write @resource("note://{id}")');
    // @ts-expect-error Options are an object.
    expect(() => tool(null)).toThrow("@tool must be called: write @tool({ ... })");
  });
});

class Shop {
  @tool({})
  open() {
    return "open";
  }
}

describe("the compiler looks at what is added", () => {
  it("and refuses what is no instance", () => {
    // @ts-expect-error The class is no instance of itself.
    expect(() => make().add(Shop)).toThrow(DefinitionError);
    // @ts-expect-error A list is spread.
    expect(() => make().add(withPrefix("a_", new Shop()))).toThrow(DefinitionError);
    // @ts-expect-error A promise is awaited.
    expect(() => make().add(Promise.resolve(new Shop()))).toThrow(DefinitionError);
    // @ts-expect-error A name is none.
    expect(() => make().add("open")).toThrow(DefinitionError);
  });

  it("knows the tools by their names until an instance is among them", () => {
    const known = make().add(defineTool("a", { input: Sum }, () => "x"));
    const mixed = known.add(new Shop());
    const spread = known.add(...withPrefix("shop_", new Shop()));
    type Call<S> = Awaited<ReturnType<typeof Client.connect<S>>>["call"];
    const use = async (calls: {
      known: Call<typeof known>;
      mixed: Call<typeof mixed>;
      spread: Call<typeof spread>;
    }) => {
      expectTypeOf(await calls.known("a", { a: 1 })).toBeString();
      // @ts-expect-error There is no such tool.
      await calls.known("open");
      expectTypeOf(await calls.mixed("open")).toBeUnknown();
      expectTypeOf(await calls.mixed("a", { a: 1 })).toBeUnknown();
      expectTypeOf(await calls.spread("shop_open")).toBeAny();
    };
    expectTypeOf(use).toBeFunction();
    expect(known.tools.names()).toEqual(["a", "open", "shop_open"]);
  });
});
