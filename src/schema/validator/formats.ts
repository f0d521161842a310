/** Whether a text has a format. */
export type FormatTest = (text: string) => boolean;

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const TIME = /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.\d+)?(?:z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

function isDate(text: string): boolean {
  const [, year, month, day] = (DATE.exec(text) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return day > 0 && day <= (days[month - 1] ?? 0);
}

function isTime(text: string): boolean {
  if (!TIME.test(text)) return false;
  if (text.slice(6, 8) !== "60") return true;
  // A leap second ends a day in UTC.
  const zone = /([+-])(\d\d):(\d\d)$/.exec(text);
  const ahead = zone === null ? 0 : Number(`${zone[1]}1`) * (Number(zone[2]) * 60 + Number(zone[3]));
  const minutes = Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5)) - ahead;
  return (minutes + 2880) % 1440 === 1439;
}

function isDateTime(text: string): boolean {
  return /^.{10}t/i.test(text) && isDate(text.slice(0, 10)) && isTime(text.slice(11));
}

function isHostname(text: string): boolean {
  return (
    text.length <= 253 && text.split(".").every((label) => /^(?!-)[a-z\d-]{1,63}$/i.test(label) && !label.endsWith("-"))
  );
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
}

function isIpv6(text: string): boolean {
  if (text.length > 45) return false;
  const halves = text.split("::");
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const last = groups.at(-1) ?? "";
  const mapped = last.includes(".") && !text.endsWith("::");
  if (mapped && !isIpv4(last)) return false;
  const plain = mapped ? groups.slice(0, -1) : groups;
  const count = groups.length + (mapped ? 1 : 0);
  const filled = halves.length === 2 ? count < 8 : halves.length === 1 && count === 8;
  return filled && plain.every((group) => /^[\da-f]{1,4}$/i.test(group));
}

function isEmail(text: string): boolean {
  const at = text.lastIndexOf("@");
  const local = text.slice(0, at);
  const domain = text.slice(at + 1);
  if (at < 1 || text.length > 320) return false;
  const quoted = /^"(?:[^"\\]|\\.)*"$/.test(local);
  if (!quoted && !local.split(".").every((atom) => /^[^\s"(),:;<>@[\\\]]+$/.test(atom))) return false;
  if (!domain.startsWith("[")) return isHostname(domain);
  const literal = domain.slice(1, -1);
  return domain.endsWith("]") && (literal.startsWith("IPv6:") ? isIpv6(literal.slice(5)) : isIpv4(literal));
}

/** A URI by its characters, with a scheme and escapes that are whole, and a host and port that could be. */
function isUri(text: string): boolean {
  if (!/^[a-z][a-z\d+.-]*:[!#-;=?-Z[\]_a-z~]*$/i.test(text) || /%(?![\da-f]{2})/i.test(text)) return false;
  const [whole, authority = ""] = /^[^:]*:\/\/([^/?#]*)/.exec(text) ?? [""];
  const rest = text.slice(whole.length);
  if (/[[\]]/.test(rest) || rest.indexOf("#") !== rest.lastIndexOf("#")) return false;
  const at = authority.lastIndexOf("@") + 1;
  return !/[[\]]/.test(authority.slice(0, at)) && /^(?:\[[\da-fv.:]+\]|[^[\]:]*)(?::\d*)?$/i.test(authority.slice(at));
}

/**
 * The formats that can be asserted, for the option `formats`: `date`, `time`, `date-time`, `email`, `hostname`, `ipv4`,
 * `ipv6`, `uri`, `uuid` and `json-pointer`. Each takes time in proportion to the text.
 *
 * @see https://json-schema.org/draft/2020-12/json-schema-validation#name-defined-formats
 */
export const knownFormats: ReadonlyMap<string, FormatTest> = new Map<string, FormatTest>([
  ["date", isDate],
  ["time", isTime],
  ["date-time", isDateTime],
  ["email", isEmail],
  ["hostname", isHostname],
  ["ipv4", isIpv4],
  ["ipv6", isIpv6],
  ["uri", isUri],
  ["uuid", (text) => /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i.test(text)],
  ["json-pointer", (text) => /^(?:\/(?:[^~/]|~[01])*)*$/.test(text)],
]);
