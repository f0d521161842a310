// What the tools of every side do, and what they are called with. An adapter gives them the form that its SDK wants.
export const SERVER_INFO = { name: "bench", version: "1.0.0" };

const texts = new Map();
/** A text of that length, made once. */
function bigText(length) {
  let text = texts.get(length);
  if (text === undefined) {
    // Through a buffer: what `repeat` gives is a tree that the first use flattens.
    text = Buffer.from("x".repeat(length), "latin1").toString("latin1");
    texts.set(length, text);
  }
  return text;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** The structured output of `order`. */
export function orderOf(order) {
  let total = 0;
  let itemCount = 0;
  const lines = [];
  for (const { sku, qty, price } of order.items) {
    const subtotal = qty * price;
    total += subtotal;
    itemCount += qty;
    lines.push({ sku, subtotal });
  }
  return {
    orderId: `o-${order.id}`,
    status: order.priority > 3 ? "expedited" : "accepted",
    total,
    itemCount,
    summary: { name: order.customer.name, city: order.shipping.city, country: order.shipping.country },
    lines,
  };
}

/** The handlers, with full results. */
export const run = {
  echo: ({ text }) => ({ content: [{ type: "text", text }] }),
  /** `notify` sends one notification. With `drip` each has a turn of the event loop of its own. */
  progress: async ({ n, drip }, notify) => {
    for (let done = 1; done <= n; done += 1) {
      await notify(done, n);
      if (drip) await turn();
    }
    return { content: [{ type: "text", text: `done ${n}` }] };
  },
  big_out: ({ bytes }) => ({ content: [{ type: "text", text: bigText(bytes) }] }),
  big_in: ({ data }) => ({ content: [{ type: "text", text: String(data.length) }] }),
  order: (order) => {
    const structuredContent = orderOf(order);
    return { content: [{ type: "text", text: JSON.stringify(structuredContent) }], structuredContent };
  },
};

export const ORDER = {
  id: "A-1029384",
  priority: 4,
  createdAt: "2026-07-28T10:00:00Z",
  gift: false,
  notes: "leave at the door please",
  customer: { name: "Ada Lovelace", email: "ada@example.com", phone: "+44 20 7946 0000", age: 36, vip: true },
  shipping: { street: "12 St James Square", city: "London", zip: "SW1Y 4JH", country: "GB" },
  items: [
    { sku: "SKU-0001", qty: 2, price: 19.5, tags: ["books", "maths"] },
    { sku: "SKU-0002", qty: 1, price: 129.99, tags: ["engines"] },
    { sku: "SKU-0003", qty: 12, price: 0.49, tags: [] },
  ],
  payment: { method: "card", currency: "GBP", amount: 174.87 },
};
