import { InvalidRequestError } from "../../errors.ts";
import { type Parts, textOf, TurnWriter, HttpRefusal } from "../../jsonrpc/index.ts";
import type { Log, LogEntry } from "../../stores/index.ts";
import { type EventWriter, eventOf } from "./event-writer.ts";
import { randomText } from "./random.ts";

/** The id of an event: the name of its stream, and its place there. */
const EVENT_ID = /^([A-Za-z0-9_-]{12})\.([0-9]{1,15})$/;

/**
 * The events of one stream of a session, numbered and kept, so that a client which lost the stream can have those that
 * it missed. The log is asked under the owner and the session, so that an event id of anybody else finds nothing.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#resumability-and-redelivery
 */
export class ReplayStream extends TurnWriter {
  readonly name: string = randomText(12);
  readonly #log: Log;
  readonly #owner: string;
  readonly #session: string;
  readonly #onProblem: (problem: unknown) => void;
  #logName: string | undefined;
  /** How its events begin. */
  #start: string | undefined;
  /** Progress of this turn: what comes later makes it worthless. */
  #latest: string | undefined;
  /** What the log is to get, and whether that is progress alone. */
  #numbered = "";
  #isProgress = false;
  #place = 0;
  /** The place of the last event that the log was given. */
  #logged = 0;
  #kept: Promise<void> | undefined;
  /** Who gets what waits for the end of the turn. */
  #reader: EventWriter | undefined;
  /** How often it was asked to be brought back. Only who asked last goes on with it, however long the others take. */
  asked = 0;

  constructor(log: Log, owner: string, session: string, onProblem: (problem: unknown) => void) {
    super();
    this.#log = log;
    this.#owner = owner;
    this.#session = session;
    this.#onProblem = onProblem;
  }

  /** The place of the last event. */
  get place(): number {
    return this.#place;
  }

  /** Gives the log and the reader what they do not have yet; settles when it has all. Nothing where it answers at once. */
  keep(): Promise<void> | undefined {
    this.flush();
    return this.#kept;
  }

  /**
   * Numbers an event, keeps it, and gives it to its reader, where there is one. Of progress only the last of a turn is
   * numbered and kept: who missed the others has missed nothing. The events of one turn are one text. Gives a promise
   * only when the reader is slow.
   */
  write(data: string | Parts, reader: EventWriter | undefined, isProgress: boolean): void | Promise<void> {
    if (reader !== this.#reader) this.flush();
    this.#reader = reader;
    const event = eventOf(textOf(data)) as string;
    const latest = this.#latest;
    if (latest !== undefined && !isProgress) this.#number(latest, true);
    else if (latest !== undefined && reader !== undefined) this.append(latest);
    this.#latest = isProgress ? event : undefined;
    if (isProgress) this.flushLater();
    else this.#number(event, false);
    return reader?.room;
  }

  protected override flush(): void {
    const latest = this.#latest;
    this.#latest = undefined;
    if (latest !== undefined) this.#number(latest, true);
    super.flush();
  }

  #number(event: string, isProgress: boolean): void {
    this.#isProgress = isProgress && this.#numbered === "";
    const numbered = `${(this.#start ??= `id: ${this.name}.`)}${++this.#place}\n${event}`;
    this.#numbered += numbered;
    this.append(numbered);
  }

  /** An event without data, which only says from where the stream can be had again. */
  get priming(): string {
    return `id: ${this.name}.${this.#place}\ndata: \n\n`;
  }

  protected put(text: string): void {
    if (this.#numbered !== "") this.#keep(this.#numbered);
    this.#reader?.pass(text);
    // One that goes away must not be held.
    this.#reader = undefined;
  }

  #keep(text: string): void {
    // Most streams never have an event.
    this.#logName ??= this.#session + this.name;
    const entry = { first: this.#logged + 1, last: this.#place, text, isProgress: this.#isProgress };
    this.#logged = this.#place;
    this.#numbered = "";
    try {
      const kept = this.#log.append(this.#owner, this.#logName, entry);
      this.#kept = kept instanceof Promise ? kept.catch(this.#onProblem) : undefined;
    } catch (problem) {
      this.#onProblem(problem);
    }
  }
}

/** The events of an entry that come after a place. */
function eventsAfter({ first, text }: LogEntry, { name, place }: ReplayPlace): string {
  // No data has a line break, so that this stands nowhere else. Progress may have been put in the place of others.
  const at = first > place ? -1 : text.indexOf(`id: ${name}.${place}\n`);
  const end = "\n\n";
  return at < 0 ? text : text.slice(text.indexOf(end, at) + end.length);
}

/** The place in a stream up to which a client has had the events. */
export interface ReplayPlace {
  readonly name: string;
  readonly place: number;
}

/** Reads a `Last-Event-ID`. @throws HttpRefusal for one that no stream has given. */
export function readEventId(id: string): ReplayPlace {
  const [, name, place] = EVENT_ID.exec(id) ?? [];
  if (name === undefined || place === undefined) throw gone();
  return { name, place: Number(place) };
}

/**
 * Writes the events that a client missed; `live` is the stream while more may come. When the client has had all that
 * there are, `caughtUp` is called, in the same turn: what comes later is written by whoever it gives the writer to.
 *
 * @throws HttpRefusal before anything is written, when the events are no longer there.
 */
export async function replay(
  log: Log,
  owner: string,
  session: string,
  from: ReplayPlace,
  live: ReplayStream | undefined,
  open: () => EventWriter,
  caughtUp: (writer: EventWriter) => void,
): Promise<void> {
  const { name } = from;
  let { place } = from;
  let writer: EventWriter | undefined;
  for (;;) {
    // A log without entries is none; the first one may come while it is asked.
    const expected = live?.place;
    await live?.keep();
    const asked = log.after(owner, session + name, place);
    const found = asked instanceof Promise ? await asked : asked;
    const entries = found ?? (expected === place ? [] : undefined);
    // A log that could not take an entry must not be asked for it again and again.
    if (entries === undefined || (entries.length === 0 && expected !== undefined && place < expected)) {
      if (writer === undefined) throw gone();
      return writer.end();
    }
    writer ??= open();
    for (const entry of entries) {
      const room = writer.write(eventsAfter(entry, { name, place }));
      if (room !== undefined) await room;
      place = entry.last;
    }
    // What came while the reader was slow is read as well. Nothing can come between this look and the call.
    if (live === undefined || place >= live.place) return caughtUp(writer);
  }
}

function gone(): HttpRefusal {
  return new HttpRefusal(
    400,
    new InvalidRequestError("The events after this one are not there: send the request again"),
  );
}
