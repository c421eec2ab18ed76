/**
 * Whose every file is that `init` made and that decides who may log in, and who else could change it or read its keys.
 *
 * @module
 */

import { folderOf } from "../../files.ts";
import { WRITTEN_BY_OTHERS } from "../../guarded_file.ts";
import { STATE_FILES, STATE_FOLDER_MODE, statePath } from "../../state/state_files.ts";
import { FOLDERS, PACKAGED, PLACES } from "../install/node_files.ts";
import {
  attributesOf,
  folderWanted,
  type Misfit,
  misfitOf,
  trustedOwners,
  type Wanted,
  webhookFilesWanted,
} from "../owner_and_mode.ts";
import { type Check, failed, ok, skipped, type Verdict } from "./check.ts";
import type { Examination } from "./examination.ts";

/** What nobody but the owner may do to a key; a group may read it, as in pods with an `fsGroup`. */
const KEY_NEVER = 0o027;
/** What everybody else may not do to the state folder. */
const FOLDER_NEVER = 0o027;

/** The checks. */
export function fileChecks(examination: Examination): Check[] {
  const { world, settings } = examination;
  const kubeconfig = settings.get("generate-kubeconfig");
  return [
    {
      id: "state-owner",
      tested: "owner and mode of the state folder and of the keys and certificates in it",
      async look() {
        const { stateDir } = await examination.state();
        const folder = { path: stateDir, what: "the state folder", never: FOLDER_NEVER, mode: STATE_FOLDER_MODE };
        const found = await attributesOf(world, folder);
        if (found === undefined) return skipped(`there is no state folder "${stateDir}"; see the check "state"`);
        const files = Object.values(STATE_FILES).map((file): Wanted => ({
          path: statePath(stateDir, file),
          what: file.what,
          never: file.mode === 0o600 ? KEY_NEVER : WRITTEN_BY_OTHERS,
          mode: file.mode,
          // Who owns the folder is who the server runs as: what root left there is closed to it.
          owners: [found.uid],
        }));
        return await judge(examination, [folder, ...files]);
      },
    },
    {
      id: "webhook-owner",
      tested: "owner and mode of the webhook kubeconfig, by which kube-apiserver runs what it names, and of its folder",
      look: () => judge(examination, webhookFilesWanted(world, kubeconfig)),
    },
    {
      id: "config-owner",
      tested:
        "owner and mode of what decides who may log in: config file, DynamicFile, their folders, unit and program",
      look: () => judge(examination, decidingFiles(examination)),
    },
  ];
}

function decidingFiles({ world, settings }: Examination): Wanted[] {
  const config = settings.require("config");
  const named = [[config, "the config file"], [settings.get("dynamic-file"), "the DynamicFile"]] as const;
  const ofSettings = named.flatMap(([path, what]): Wanted[] =>
    path === undefined ? [] : [
      folderWanted(world, folderOf(path), `the folder of ${what}`),
      { path, what, never: WRITTEN_BY_OTHERS, mode: 0o644, owners: trustedOwners(world) },
    ]
  );
  if (folderOf(config) !== FOLDERS.config.path) return ofSettings;
  const { program, unit, sysusers } = PLACES;
  const installed = [program, unit, sysusers, ...Object.values(PACKAGED)].map((place): Wanted => ({
    ...place,
    never: WRITTEN_BY_OTHERS,
    owners: trustedOwners(world),
  }));
  return [...ofSettings, ...installed];
}

async function judge({ world }: Examination, wanted: readonly Wanted[]): Promise<Verdict> {
  const misfits: Misfit[] = [];
  let seen = 0;
  for (const one of wanted) {
    const found = await attributesOf(world, one);
    if (found === undefined) continue;
    seen += 1;
    const misfit = misfitOf(found, one);
    if (misfit !== undefined) misfits.push(misfit);
  }
  if (seen === 0) return skipped("none of it is there");
  if (misfits.length === 0) return ok(`${seen} files and folders, as they should be`);
  return failed(
    misfits.map(({ saw }) => saw).join("; "),
    `look who did that; to mend it, as root, run: ${misfits.map(({ command }) => command).join(" && ")}`,
  );
}
