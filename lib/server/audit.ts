/**
 * The audit log: one JSON line for each decision about a token of ours, with a fixed list of events and reasons. Holds no
 * token, and of scrubbed accounts nothing but that somebody of them logged in.
 *
 * @module
 */

import type { LoggableIdentity } from "../mapping/scrub.ts";
import type { CloudId } from "../identity/identity.ts";
import type { MappedUser } from "../mapping/outcome.ts";
import { printableJson } from "../quote.ts";
import { appendTo } from "../telemetry/appended_file.ts";
import type { Log } from "../telemetry/log.ts";
import { startLogQueue } from "../telemetry/log_queue.ts";
import type { World } from "../world.ts";
import type { HealthReport } from "./health.ts";

/** What was decided; `undecided` where there was an outage. */
export type AuditEvent = "allowed" | "refused" | "undecided";

/** One decision, scrubbed already. */
export interface AuditRecord {
  readonly event: AuditEvent;
  /** `allowed`, why it was refused, or the code of the outage. */
  readonly reason: string;
  /** As in the log, the answer's header, and `status.error`. */
  readonly requestId: string;
  /** As in Kubernetes' audit log, in the user's extra. */
  readonly credentialId: string;
  /** Address and port of the API server that asked. */
  readonly client: string | undefined;
  readonly cloud: CloudId | undefined;
  /** Who STS says it is; `undefined` where STS was not asked or refused. */
  readonly identity: LoggableIdentity | undefined;
  readonly user: MappedUser | undefined;
  /** In words. */
  readonly why: string | undefined;
}

/** Takes note of a decision. Returns at once, and never throws. */
export type Audit = (record: AuditRecord) => void;

/** The path that stands for standard error, between the lines of the log. */
const STANDARD_ERROR = "-";

/** An audit log that runs; `await using` writes what is queued, for a limited time. */
export interface AuditLog extends HealthReport, AsyncDisposable {
  readonly record: Audit;
  /** Reopens the file, after it was rotated. */
  reopen(): void;
  /** Decisions so far that are in no line. */
  lost(): number;
}

/**
 * Starts the audit log. A file that cannot be written holds up nobody: decisions are queued, and in the end lost and
 * counted, while log and `/readyz` say why.
 *
 * @param path of the file; `-` for standard error, by `writeLog`; without it, there is no audit log
 */
export function startAuditLog(
  world: Pick<World, "fs" | "now">,
  { path, log, writeLog }: {
    readonly path: string | undefined;
    readonly log: Log;
    readonly writeLog: (line: string) => void;
  },
): AuditLog {
  const idle = { reopen: () => {}, lost: () => 0, facts: () => [], warnings: () => [] };
  if (path === undefined || path === STANDARD_ERROR) {
    const record = path === undefined ? () => {} : createAudit(writeLog, world.now);
    return { ...idle, record, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const file = appendTo(world, path, {
    what: "the audit log",
    onFailure: (why) => log.error("audit log not written; decisions are queued", { why }),
    onSuccess: () => log.info("audit log written again", { path }),
  });
  const queue = startLogQueue({ logOutput: file }, { lossLine: (lines) => auditLossLine(world.now(), lines) });
  return {
    record: createAudit(queue.write, world.now),
    reopen: file.reopen,
    lost: () => queue.lostLines,
    facts: () => [`audit log: ${path}`],
    warnings: () => file.failure === undefined ? [] : [`audit log: not written, see the log`],
    async [Symbol.asyncDispose]() {
      await queue[Symbol.asyncDispose]();
      file[Symbol.dispose]();
    },
  };
}

/** Makes one that writes lines, each with its line feed. */
function createAudit(write: (line: string) => void, now: () => Date): Audit {
  return ({ event, reason, requestId, credentialId, client, cloud, identity, user, why }) => {
    const line = { event, reason, requestId, credentialId, client, cloud, ...identity, ...user, why };
    write(auditLine(now(), line));
  };
}

/** The line that says how many lines are missing before it. */
function auditLossLine(now: Date, lines: number): string {
  return auditLine(now, { event: "lost", lines });
}

function auditLine(now: Date, fields: Readonly<Record<string, unknown>>): string {
  return `${printableJson(JSON.stringify({ time: now.toISOString(), ...fields }))}\n`;
}
