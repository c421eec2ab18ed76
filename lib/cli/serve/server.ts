/**
 * `ram-auth server`: answers kube-apiserver's token webhook until it is told to stop.
 *
 * @module
 */

import type { Settings } from "../../config/settings.ts";
import { coalesced } from "../../server/in_turn.ts";
import { type AuditLog, startAuditLog } from "../../server/audit.ts";
import type { DelegationOptions } from "../../server/delegation/delegation.ts";
import { type ServerOptions, startServer } from "../../server/server.ts";
import { findServiceManager } from "../../server/systemd.ts";
import { startWatchdog } from "../../server/watchdog.ts";
import { usualStateDir } from "../../state/usual_state_dir.ts";
import { createLog, type LeveledLog, type Log, logLine } from "../../telemetry/log.ts";
import { startLogQueue } from "../../telemetry/log_queue.ts";
import { delay } from "../../time.ts";
import type { World } from "../../world.ts";
import type { Invocation } from "../command.ts";
import { takeHangUps } from "../signals.ts";
import { acceptedClouds } from "../../config/accepted_clouds.ts";
import { type ConfigReader, createConfigReader } from "./config_reader.ts";
import { mappingSources } from "./source_starters.ts";
import { warnOfTelemetry } from "./telemetry.ts";

/**
 * How long it is not called ready for mappings in the API server, which may not run, or wait for this one. Whoever restarts
 * one server after the other, so that logins go on, waits for each to be ready.
 */
const MAPPINGS_MS = 5_000;

/** Serves until SIGTERM or Ctrl-C; SIGHUP reads mappings and certificate again. */
export async function run({ settings, world, stopSignal }: Invocation): Promise<number> {
  const signal = await stopSignal();
  const stopped = new Promise<undefined>((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
    if (signal.aborted) resolve(undefined);
  });
  using hangUps = takeHangUps();
  const format = settings.get("log-format");
  await using queue = startLogQueue(world, {
    lossLine: (lines) => logLine(format, "warn", { time: world.now(), message: "log lines lost", fields: { lines } }),
  });
  const log = createLog(world, { format, level: settings.get("log-verbosity"), write: queue.write });
  warnOfTelemetry(world, log);
  await using auditLog = startAuditLog(world, { path: settings.get("audit-path"), log, writeLog: queue.write });
  const start = async () => {
    const options = serverOptions(world, settings, { log, lostLogLines: () => queue.lostLines, auditLog });
    const stateDir = await chooseStateDir(world, settings, log);
    return await startServer(world, log, { ...options, state: { ...options.state, stateDir } }, signal);
  };
  const starting = start();
  // Whatever a start that was stopped waits for, and fails of, later.
  starting.catch(() => {});
  const server = await Promise.race([starting, stopped]);
  if (server === undefined) {
    log.info("stopped while starting");
    return 0;
  }
  using manager = await findServiceManager(world, log);
  const reload = async () => {
    await manager.tell("RELOADING=1");
    await server.reload();
    if (!signal.aborted) await manager.tell("READY=1");
  };
  try {
    await using _watchdog = startWatchdog(manager, server);
    await Promise.race([server.mappingsRead, delay(MAPPINGS_MS, signal)]);
    await manager.tell("READY=1", `STATUS=Reviewing tokens on port ${server.port}`);
    hangUps.obey(coalesced(reload));
    await stopped;
    await manager.tell("STOPPING=1");
  } finally {
    await server.stop();
  }
  return 0;
}

async function chooseStateDir(world: World, settings: Settings, log: Log): Promise<string> {
  const ours = settings.get("state-dir");
  if (settings.setBy("state-dir") !== "default") return ours;
  const chosen = await usualStateDir(world, ours);
  if (chosen !== ours) log.info("using the state directory of the tool that served here before", { stateDir: chosen });
  return chosen;
}

/** What a server runs with, by the settings in force. */
export function serverOptions(
  world: World,
  settings: Settings,
  { log, lostLogLines, auditLog }: {
    readonly log: LeveledLog;
    readonly lostLogLines: () => number;
    readonly auditLog: AuditLog;
  },
): ServerOptions {
  const address = settings.get("address");
  const config = createConfigReader(settings, log);
  log.info("mapping sources", { sources: settings.get("backend-mode"), from: settings.origin("backend-mode") });
  return {
    clusterId: settings.require("cluster-id"),
    clouds: acceptedClouds(settings).clouds,
    stsCaFile: settings.get("sts-ca-file"),
    bindAddress: settings.get("bind") ?? address,
    port: settings.get("port"),
    sharePort: settings.get("share-port"),
    healthPort: settings.get("health-port"),
    state: {
      stateDir: settings.get("state-dir"),
      hostname: settings.get("hostname"),
      address,
      port: settings.get("port"),
      kubeconfigPath: settings.get("kubeconfig-pregenerated") ? undefined : settings.get("generate-kubeconfig"),
    },
    deny: config.deny,
    maxTokenAgeMs: config.maxTokenAgeMs,
    live: config.live,
    configHash: config.hash,
    delegate: delegateOf(settings, config),
    mappings: mappingSources(world, settings, config),
    lostLogLines,
    auditLog,
    instanceNames: {
      rate: () => config.live.current.instanceRate,
      roleArn: settings.get("ec2-describeInstances-role"),
      sourceArn: settings.get("source-arn"),
      sts: {
        region: settings.get("region"),
        endpoint: undefined,
        caFile: settings.get("sts-ca-file"),
        profile: undefined,
      },
    },
  };
}

function delegateOf(settings: Settings, { reserved }: ConfigReader): DelegationOptions | undefined {
  const kubeconfig = settings.get("delegate-kubeconfig");
  return kubeconfig === undefined ? undefined : { kubeconfig, reserved };
}
