import { trimOptionalWhitespace } from "./headers.ts";
import type { MetaObject } from "./types/index.ts";

/** Distributed tracing's part of `_meta`, each value as the W3C writes it in HTTP headers. */
export interface TraceContext {
  /** Names the trace and the span that asks. @see https://www.w3.org/TR/trace-context/#traceparent-header */
  readonly traceparent?: string;
  /** What tracing systems add to it. @see https://www.w3.org/TR/trace-context/#tracestate-header */
  readonly tracestate?: string;
  /** Properties of the application. @see https://www.w3.org/TR/baggage/ */
  readonly baggage?: string;
}

/** Length of a `traceparent`. Version 00 has 55 characters; later versions may append to them. */
const TRACEPARENT_LENGTH = 512;
/** Members of a `tracestate`, fixed by its grammar, as is the length of each: 513 characters without the spaces. */
const TRACESTATE_MEMBERS = 32;
/** Members of a `baggage`, fixed by its grammar. */
const BAGGAGE_MEMBERS = 180;
/** Length of a `baggage`, up to which everybody has to pass it on. */
const BAGGAGE_LENGTH = 8192;

// Anchored, and each repetition ends at a character that it cannot take itself or has at most 256 characters.
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-[!-~]*)?$/;
const TRACESTATE_MEMBER = /^[a-z0-9][a-z0-9_\-*/@]{0,255}=[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;
const BAGGAGE_PAIR = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+[\t ]*=[\t ]*[!#-+\--:<-[\]-~]*$/;
const BAGGAGE_KEY = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * Whether a value is a `traceparent`: of version 00 exactly, of a later one as far as its beginning goes. Version ff,
 * ids of zeroes only, capitals, and more than 512 characters are refused.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header-field-values
 */
export function isTraceparent(value: unknown): value is string {
  if (typeof value !== "string" || value.length > TRACEPARENT_LENGTH || !TRACEPARENT.test(value)) return false;
  return value.length === 55 || !value.startsWith("00");
}

/**
 * Whether a value is a `tracestate`: at most 32 members, each empty or `key=value`. A key may begin with a digit and
 * hold `@`, as in level 2 of the specification, which takes every key of level 1.
 *
 * @see https://www.w3.org/TR/trace-context/#tracestate-header-field-values
 */
export function isTracestate(value: unknown): value is string {
  if (typeof value !== "string") return false;
  const members = value.split(",", TRACESTATE_MEMBERS + 1);
  return (
    members.length <= TRACESTATE_MEMBERS &&
    members.map(trimOptionalWhitespace).every((member) => member === "" || TRACESTATE_MEMBER.test(member))
  );
}

/**
 * Whether a value is a `baggage`: 1 to 180 members `key=value`, each with any number of properties behind semicolons,
 * in at most 8192 characters.
 *
 * @see https://www.w3.org/TR/baggage/#definition
 */
export function isBaggage(value: unknown): value is string {
  if (typeof value !== "string" || value.length > BAGGAGE_LENGTH) return false;
  const members = value.split(",", BAGGAGE_MEMBERS + 1);
  return members.length <= BAGGAGE_MEMBERS && members.every(isBaggageMember);
}

function isBaggageMember(member: string): boolean {
  const [pair = "", ...properties] = member.split(";").map(trimOptionalWhitespace);
  return BAGGAGE_PAIR.test(pair) && properties.every((text) => BAGGAGE_KEY.test(text) || BAGGAGE_PAIR.test(text));
}

/**
 * The trace context in a `_meta`, without what is malformed, so that it can go into headers as it is. A `tracestate`
 * says nothing without its `traceparent` and is left out with it.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic#meta
 */
export function traceContext(meta: MetaObject | undefined): TraceContext {
  if (meta === undefined) return {};
  const traceparent = own(meta, "traceparent");
  const tracestate = own(meta, "tracestate");
  const baggage = own(meta, "baggage");
  const traced = isTraceparent(traceparent);
  return {
    ...(traced && { traceparent }),
    ...(traced && isTracestate(tracestate) && { tracestate }),
    ...(isBaggage(baggage) && { baggage }),
  };
}

function own(meta: MetaObject, key: string): unknown {
  return Object.hasOwn(meta, key) ? meta[key] : undefined;
}
