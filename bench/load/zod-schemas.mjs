// The order in zod; `z` is the zod that the SDK loads.
export function orderInput(z) {
  return z.object({
    id: z.string(),
    priority: z.number().int().min(1).max(5),
    createdAt: z.string(),
    gift: z.boolean(),
    notes: z.string().optional(),
    customer: z.object({
      name: z.string().min(1),
      email: z.string(),
      phone: z.string().optional(),
      age: z.number().int().min(0),
      vip: z.boolean(),
    }),
    shipping: z.object({
      street: z.string(),
      city: z.string(),
      zip: z.string(),
      country: z.enum(["GB", "FR", "DE", "US"]),
    }),
    items: z
      .array(
        z.object({
          sku: z.string(),
          qty: z.number().int().min(1),
          price: z.number().min(0),
          tags: z.array(z.string()),
        }),
      )
      .min(1),
    payment: z.object({ method: z.enum(["card", "transfer"]), currency: z.string(), amount: z.number() }),
  });
}

export function orderOutput(z) {
  return z.object({
    orderId: z.string(),
    status: z.enum(["accepted", "expedited"]),
    total: z.number(),
    itemCount: z.number().int(),
    summary: z.object({ name: z.string(), city: z.string(), country: z.string() }),
    lines: z.array(z.object({ sku: z.string(), subtotal: z.number() })),
  });
}
