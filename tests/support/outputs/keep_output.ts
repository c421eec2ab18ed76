/**
 * What the program wrote while it was tested, kept so that the test task can search all of it for secrets at the end:
 * what processes write to standard error (log, messages, audit log where it goes there), what commands in a test do,
 * answers of servers, audit logs, metrics, and what is exported. Not standard output, where tokens are printed on purpose.
 *
 * @module
 */

/** One for each file of tests, because several run at a time. */
const NAME = crypto.randomUUID();

/** Keeps it, where the test task asks for it. */
export function keepOutput(written: string | Uint8Array): void {
  const folder = Deno.env.get("RAM_AUTH_TEST_OUTPUTS");
  if (folder === undefined || written.length === 0) return;
  const bytes = typeof written === "string" ? new TextEncoder().encode(written) : written;
  Deno.writeFileSync(`${folder}/${NAME}`, bytes, { append: true });
  Deno.writeFileSync(`${folder}/${NAME}`, new Uint8Array([10]), { append: true });
}
