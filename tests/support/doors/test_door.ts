/**
 * A door of the server with a handler, limits and a clock of the test's choice, and certificates to open it with.
 *
 * @module
 */

import type { Capacity } from "../../../lib/server/door/capacity.ts";
import type { ClientHandler, Pair } from "../../../lib/server/door/connection.ts";
import {
  type DoorLimits,
  type DoorParts,
  listenPlain,
  listenTls,
  type TlsListener,
} from "../../../lib/server/door/door.ts";
import { makeSocketFolder } from "../../../lib/server/door/socket_folder.ts";
import { createAuthority, issueServingCertificate } from "../../../lib/state/certificate.ts";
import { parseHost } from "../../../lib/state/host.ts";
import { generatePrivateKey } from "../../../lib/state/private_key.ts";
import { createLog } from "../../../lib/telemetry/log.ts";
import { createMetrics } from "../../../lib/telemetry/metrics.ts";
import type { Timers } from "../../../lib/time.ts";

/** Where doors of tests are. */
export const DOOR_HOST = "127.0.0.1";

/** For a stop that waits until all is done. */
export const NO_DRAIN_LIMIT_MS = 60_000;

/** Who issues certificates. */
export interface Issuer {
  readonly caPem: string;
  /** Each leaf has a name of its own, by which a client finds out which one it is shown. */
  leaf(name: string): Promise<Pair>;
}

/** Makes one, with a CA of its own. */
export async function createIssuer(): Promise<Issuer> {
  const now = new Date();
  const caKey = { pem: await generatePrivateKey(), path: "ca-key.pem" };
  const certificate = await createAuthority(caKey, { name: "door test CA", now });
  return {
    caPem: certificate.pem,
    async leaf(name) {
      const key = { pem: await generatePrivateKey(), path: "key.pem" };
      const names = [parseHost(DOOR_HOST), parseHost(name)];
      const { pem } = await issueServingCertificate({ certificate, key: caKey }, { key, names, now });
      return { certPem: pem, keyPem: key.pem };
    },
  };
}

/** What to set otherwise than a server does. */
export interface TestDoorOptions {
  readonly limits?: Partial<DoorLimits>;
  readonly timers?: Timers;
  readonly capacity?: Capacity;
}

/** What a door needs, with everything it writes. */
export interface TestDoorParts extends DoorParts, Disposable {
  log_(): string;
  exposed(): Promise<string>;
}

/** Makes the parts; disposing removes the folder of sockets. */
export function doorParts(options: TestDoorOptions = {}): TestDoorParts {
  let written = "";
  const world = {
    now: () => new Date(),
    stderr: { isTerminal: false, write: (text: string) => void (written += text) },
  };
  const metrics = createMetrics();
  const folder = Deno.makeTempDirSync({ prefix: "door-" });
  const sockets = makeSocketFolder({ env: () => undefined }, folder);
  return {
    ...options,
    log: createLog(world, { format: "json", level: "debug" }),
    metrics,
    sockets,
    log_: () => written,
    exposed: async () => (await metrics.expose()).text,
    [Symbol.dispose]() {
      sockets[Symbol.dispose]();
      Deno.removeSync(folder);
    },
  };
}

/** A door that is open, until it is disposed of. */
export interface TestDoor extends TlsListener {
  readonly caPem: string;
  readonly issuer: Issuer;
  readonly url: string;
  /** Everything that it logged, one JSON text a line. */
  log(): string;
  /** What one of its metrics is at: the whole of the line before the value. */
  metric(line: string): Promise<number>;
}

/** Opens a door with TLS, whose certificate is for `first.test`. */
export async function openTestDoor(handler: ClientHandler, options: TestDoorOptions = {}): Promise<TestDoor> {
  const issuer = await createIssuer();
  const parts = doorParts(options);
  const listener = listenTls({ hostname: DOOR_HOST, port: 0, ...await issuer.leaf("first.test") }, handler, parts);
  return withRecord(listener, parts, issuer);
}

/** Opens one for plain HTTP. */
export async function openPlainTestDoor(
  handler: ClientHandler,
  options: TestDoorOptions = {},
): Promise<Omit<TestDoor, "present">> {
  const parts = doorParts(options);
  return withRecord({ ...listenPlain(0, handler, parts), present() {} }, parts, await createIssuer());
}

function withRecord(listener: TlsListener, parts: TestDoorParts, issuer: Issuer): TestDoor {
  return {
    ...listener,
    caPem: issuer.caPem,
    issuer,
    url: `https://${DOOR_HOST}:${listener.port}/`,
    log: parts.log_,
    async metric(line) {
      const found = (await parts.exposed()).split("\n").find((each) => each.startsWith(`${line} `));
      return found === undefined ? 0 : Number(found.slice(line.length + 1));
    },
    async [Symbol.asyncDispose]() {
      await listener[Symbol.asyncDispose]();
      parts[Symbol.dispose]();
    },
  };
}
