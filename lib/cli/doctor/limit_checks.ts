/**
 * Open files and memory of the server. The limits of another process are in `/proc`, which the runtime shows only to
 * programs that may do everything: so the server itself says how many files it can open, and the unit what it may take.
 *
 * @module
 */

import { OPEN_FILES } from "../../server/door/open_files.ts";
import type { UnitTexts } from "../apiserver/change.ts";
import { settingOf } from "../apiserver/unit.ts";
import { type Check, failed, ok, skipped, type Verdict, warning } from "./check.ts";
import type { Examination } from "./examination.ts";
import { ServerAway, sumOf } from "./server_view.ts";
import { readUnitTexts } from "../apiserver/unit_texts.ts";

const MIB = 1_048_576;

/** With less, connections of strangers can end the server: it takes 320 MB at 500 logins a second, 640 MB in a flood. */
const FEW_BYTES = 640 * MIB;

/** From this part of its limit on, a flood can end it. */
const MOST = 0.8;

/** The checks. */
export function limitChecks(examination: Examination): Check[] {
  return [
    {
      id: "open-files",
      tested: "how many files the server can open: six for each connection",
      async look() {
        const said = await factOf(examination, OPEN_FILES.pattern);
        if (said === undefined) return skipped('the server does not say; see the check "server"');
        const [text = "", number] = said;
        if (Number(number) >= OPEN_FILES.enough) return ok(text);
        const lift = "set LimitNOFILE=16384 in its unit (systemctl edit ram-auth), or raise ulimit -n, and restart it";
        return warning(text, lift);
      },
    },
    {
      id: "memory",
      tested: "the memory of the server, and what its unit allows",
      async look() {
        const rss = await rssOf(examination);
        const unit = await serverUnitOf(examination);
        const text = unit === undefined ? undefined : settingOf(unit, "MemoryMax");
        return judgeMemory(rss, text === undefined ? undefined : bytesOf(text));
      },
    },
  ];
}

async function serverUnitOf({ world, places }: Examination): Promise<UnitTexts | undefined> {
  for (const path of places.serverUnits) {
    const unit = await readUnitTexts(world, path);
    if (unit !== undefined) return unit;
  }
  return undefined;
}

function judgeMemory(rss: number | undefined, max: number | undefined): Verdict {
  const saw = `${rss === undefined ? "not known how much" : `${Math.round(rss / MIB)} MiB`} in use; ${
    max === undefined ? "no MemoryMax in a unit" : `MemoryMax ${Math.round(max / MIB)} MiB`
  }`;
  const todo = `set MemoryMax=1G; run: systemctl edit ram-auth, and restart it`;
  if (max !== undefined && rss !== undefined && rss > max * MOST) return failed(saw, todo);
  if (max !== undefined && max < FEW_BYTES) return warning(saw, todo);
  return rss === undefined ? skipped(saw) : ok(saw);
}

/** Bytes of systemd's sizes (systemd.resource-control(5)); `undefined` for `infinity`, a share, and what is none. */
function bytesOf(text: string): number | undefined {
  const [, number, unit = ""] = /^(\d+)([KMGT]?)$/.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * 1_024 ** "_KMGT".indexOf(unit || "_");
}

async function rssOf({ server }: Examination): Promise<number | undefined> {
  return await server().then((view) => sumOf(view, "process_resident_memory_bytes"), ignoreAway);
}

async function factOf({ server }: Examination, pattern: RegExp): Promise<readonly string[] | undefined> {
  const facts = await server().then((view) => view.facts, ignoreAway);
  return facts?.map((fact) => pattern.exec(fact)).find((match) => match !== null) ?? undefined;
}

function ignoreAway(error: unknown): undefined {
  if (!(error instanceof ServerAway)) throw error;
}
