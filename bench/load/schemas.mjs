// The tools in plain JSON Schema; and the checks of an order as code, as a generator of validators would write them.
const string = { type: "string" };
const number = { type: "number" };
const integer = { type: "integer" };
const boolean = { type: "boolean" };
const object = (properties, required = Object.keys(properties)) => ({ type: "object", properties, required });

const orderInput = object(
  {
    id: string,
    priority: { type: "integer", minimum: 1, maximum: 5 },
    createdAt: string,
    gift: boolean,
    notes: string,
    customer: object(
      {
        name: { type: "string", minLength: 1 },
        email: string,
        phone: string,
        age: { type: "integer", minimum: 0 },
        vip: boolean,
      },
      ["name", "email", "age", "vip"],
    ),
    shipping: object({
      street: string,
      city: string,
      zip: string,
      country: { type: "string", enum: ["GB", "FR", "DE", "US"] },
    }),
    items: {
      type: "array",
      minItems: 1,
      items: object({
        sku: string,
        qty: { type: "integer", minimum: 1 },
        price: { type: "number", minimum: 0 },
        tags: { type: "array", items: string },
      }),
    },
    payment: object({ method: { type: "string", enum: ["card", "transfer"] }, currency: string, amount: number }),
  },
  ["id", "priority", "createdAt", "gift", "customer", "shipping", "items", "payment"],
);

const orderOutput = object({
  orderId: string,
  status: { type: "string", enum: ["accepted", "expedited"] },
  total: number,
  itemCount: integer,
  summary: object({ name: string, city: string, country: string }),
  lines: { type: "array", items: object({ sku: string, subtotal: number }) },
});

const echo = { name: "echo", description: "Echo the text", inputSchema: object({ text: string }) };

/** As large as what libraries write for integers. */
const safe = { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };
const search = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  ...object(
    {
      query: { type: "string", description: "Full text query" },
      limit: { type: "integer", ...safe, maximum: 100 },
      offset: { type: "integer", ...safe },
      filter: { type: "string", enum: ["all", "open", "closed"] },
      flags: object({ deep: boolean, weight: number }),
    },
    ["query", "filter"],
  ),
};

export const describe = (index) =>
  `Tool number ${index}: searches the ${index}th collection and returns the matching records`;

/** The tools of a profile: `many` has a thousand, every other one has five. */
export function toolList(profile) {
  if (profile === "many") {
    const others = Array.from({ length: 999 }, (_, index) => ({
      name: `tool_${index}`,
      description: describe(index),
      inputSchema: structuredClone(search),
    }));
    return [echo, ...others];
  }
  return [
    echo,
    {
      name: "progress",
      description: "Emit n progress notifications",
      inputSchema: object({ n: integer, drip: boolean }, ["n"]),
    },
    { name: "big_out", description: "Return a big text", inputSchema: object({ bytes: integer }) },
    { name: "big_in", description: "Accept a big text", inputSchema: object({ data: string }) },
    { name: "order", description: "Place an order", inputSchema: orderInput, outputSchema: orderOutput },
  ];
}

const isString = (value) => typeof value === "string";
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isInteger = Number.isInteger;

const validCustomer = (customer) =>
  isObject(customer) &&
  isString(customer.name) &&
  customer.name.length >= 1 &&
  isString(customer.email) &&
  (customer.phone === undefined || isString(customer.phone)) &&
  isInteger(customer.age) &&
  customer.age >= 0 &&
  typeof customer.vip === "boolean";

function validShipping(shipping) {
  if (!isObject(shipping) || !isString(shipping.street) || !isString(shipping.city) || !isString(shipping.zip)) {
    return false;
  }
  switch (shipping.country) {
    case "GB":
    case "FR":
    case "DE":
    case "US":
      return true;
    default:
      return false;
  }
}

function validItem(item) {
  if (!isObject(item) || !isString(item.sku) || !isInteger(item.qty) || item.qty < 1) return false;
  if (typeof item.price !== "number" || item.price < 0 || !Array.isArray(item.tags)) return false;
  for (const tag of item.tags) if (!isString(tag)) return false;
  return true;
}

const validPayment = (payment) =>
  isObject(payment) &&
  (payment.method === "card" || payment.method === "transfer") &&
  isString(payment.currency) &&
  typeof payment.amount === "number";

export function validOrder(order) {
  if (!isObject(order) || !isString(order.id)) return false;
  if (!isInteger(order.priority) || order.priority < 1 || order.priority > 5) return false;
  if (!isString(order.createdAt) || typeof order.gift !== "boolean") return false;
  if (order.notes !== undefined && !isString(order.notes)) return false;
  if (!validCustomer(order.customer) || !validShipping(order.shipping)) return false;
  if (!Array.isArray(order.items) || order.items.length < 1) return false;
  for (const item of order.items) if (!validItem(item)) return false;
  return validPayment(order.payment);
}

export function validOrdered(ordered) {
  if (!isObject(ordered) || !isString(ordered.orderId)) return false;
  if (ordered.status !== "accepted" && ordered.status !== "expedited") return false;
  if (typeof ordered.total !== "number" || !isInteger(ordered.itemCount)) return false;
  const { summary, lines } = ordered;
  if (!isObject(summary) || !isString(summary.name) || !isString(summary.city) || !isString(summary.country)) {
    return false;
  }
  if (!Array.isArray(lines)) return false;
  for (const line of lines)
    if (!isObject(line) || !isString(line.sku) || typeof line.subtotal !== "number") return false;
  return true;
}
