/** 5.3: ten thousand histories of writing, losing and resuming, against the parts that keep and replay events. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { EventWriter } from "../../../src/server/http/event-writer.ts";
import { HttpRefusal } from "../../../src/server/http/index.ts";
import { replay, ReplayStream } from "../../../src/server/http/replay.ts";
import { type Log, memoryLog } from "../../../src/stores/index.ts";
import { readEvents } from "../harness/sse.ts";

/** A reader of one stream: what was written to it since it came. */
class Reader {
  text = "";
  over = false;

  get writer(): EventWriter {
    const write = (events: string): void => {
      if (!this.over) this.text += events;
    };
    return {
      write,
      pass: write,
      end: () => {
        this.over = true;
      },
    } as unknown as EventWriter;
  }
}

/** A stream with its reader, and all that was ever said on it. */
interface Line {
  readonly stream: ReplayStream;
  readonly said: string[];
  writer: EventWriter | undefined;
}

type Step =
  | { readonly kind: "write"; readonly line: number }
  | { readonly kind: "resume"; readonly line: number; readonly from: number; readonly meanwhile: readonly number[] };

const LINES = 3;
const line = fc.integer({ min: 0, max: LINES - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("write" as const), line }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("resume" as const),
      line,
      from: fc.integer({ min: 0, max: 20 }),
      meanwhile: fc.array(line, { maxLength: 3 }),
    }),
  },
);

/** A log somewhere else: every answer takes a turn. */
function distant(log: Log): Log {
  return {
    append: async (...given) => log.append(...given),
    async after(...given) {
      const found = log.after(...given);
      await Promise.resolve();
      return found;
    },
    delete: async (...given) => log.delete(...given),
  };
}

function say({ stream, said, writer }: Line): void {
  const text = JSON.stringify({ stream: stream.name, at: said.length + 1 });
  said.push(text);
  void stream.write(text, writer, false);
}

async function live(log: Log, steps: readonly Step[]): Promise<void> {
  const lines: Line[] = Array.from({ length: LINES }, () => ({
    stream: new ReplayStream(log, "owner", "session", (problem) => {
      throw problem;
    }),
    said: [],
    writer: undefined,
  }));
  for (const step of steps) {
    const own = lines[step.line] as Line;
    if (step.kind === "write") {
      say(own);
      continue;
    }
    // The reader before it is gone, and nobody reads while the log is asked.
    own.writer = undefined;
    const reader = new Reader();
    const from = Math.min(step.from, own.said.length);
    const place = { name: own.stream.name, place: from };
    const open = () => reader.writer;
    const replaying = replay(log, "owner", "session", place, own.stream, open, (writer) => (own.writer = writer));
    for (const other of step.meanwhile) say(lines[other] as Line);
    await replaying;
    say(own);
    void own.stream.keep();
    const events = readEvents(reader.text);
    expect(events.map(({ data }) => data)).toEqual(own.said.slice(from));
    expect(events.map(({ id }) => id)).toEqual(
      own.said.slice(from).map((_, at) => `${own.stream.name}.${from + at + 1}`),
    );
    // The place of another stream is none of this one, and another session has neither.
    const strangers = [
      ["owner", "another session"],
      ["another owner", "session"],
    ] as const;
    for (const [owner, session] of strangers) {
      const after = { ...place, place: from + 1 };
      const refused = replay(
        log,
        owner,
        session,
        after,
        undefined,
        () => new Reader().writer,
        () => {},
      );
      await expect(refused).rejects.toBeInstanceOf(HttpRefusal);
    }
  }
}

it.each([
  ["in this process", (log: Log) => log],
  ["somewhere else", distant],
])(
  "SEC-54 only the events of the stream, in order, none lost and none twice: a log %s",
  async (_title, place) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => live(place(memoryLog()), steps)),
      { seed: 54, numRuns: 5000 },
    );
  },
  60_000,
);
