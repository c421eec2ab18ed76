/**
 * The programs of the bench that Node runs, so that what measures shares no runtime with what is measured. They read
 * JSON from standard input and write it to standard output, a line each.
 *
 * @module
 */

/** A program that runs. */
export interface NodeProgram {
  readonly pid: number;
  send(message: unknown): Promise<void>;
  /** The next thing it says. @throws {Error} where it has ended */
  next(): Promise<unknown>;
  /** Closes its input, and waits for its end. */
  end(): Promise<void>;
}

/** Why nothing can be measured from outside; `undefined` where Node is there. */
export function whyNoNode(): string | undefined {
  try {
    const { success } = new Deno.Command("node", { args: ["--version"], stdout: "null", stderr: "null" }).outputSync();
    return success ? undefined : "node does not work";
  } catch {
    return "node is not on the PATH";
  }
}

/** Starts a program of `node/`, and gives it its first message. */
export function startNode(file: string, message: unknown): NodeProgram {
  const child = new Deno.Command("node", {
    args: [new URL(`node/${file}`, import.meta.url).pathname],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const input = child.stdin.getWriter();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let read = "";
  const send = (what: unknown) => input.write(new TextEncoder().encode(`${JSON.stringify(what)}\n`));
  const sent = send(message);
  return {
    pid: child.pid,
    send,
    async next() {
      await sent;
      for (let end = read.indexOf("\n");; end = read.indexOf("\n")) {
        if (end !== -1) {
          const line = read.slice(0, end);
          read = read.slice(end + 1);
          return JSON.parse(line);
        }
        const { value, done } = await output.read();
        if (done) throw new Error(`Cannot measure: ${file} has ended`);
        read += value;
      }
    },
    async end() {
      await input.close().catch(() => {});
      await output.cancel();
      await child.status;
    },
  };
}
