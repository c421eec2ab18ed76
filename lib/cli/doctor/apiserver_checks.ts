/**
 * How this node's kube-apiserver is told to ask the server.
 *
 * @module
 */

import { sentence, shellWord } from "../../quote.ts";
import { outsideOf, valueOf, WEBHOOK_FLAG } from "../apiserver/flags.ts";
import { type ApiserverFlags, readApiserverFlags } from "./apiserver_flags.ts";
import { type Check, failed, ok, skipped, type Verdict } from "./check.ts";
import type { Examination } from "./examination.ts";

const WEBHOOK = "authentication-token-webhook";

/** What kube-apiserver takes where nobody says otherwise (its command line reference, 1.36). */
const DEFAULT_VERSION = "v1beta1";
const DEFAULT_TTL = "2m0s";

/** The versions of TokenReview that the server answers. */
const VERSIONS: readonly string[] = ["v1", "v1beta1"];

/** The checks. */
export function apiserverChecks({ world, settings, places }: Examination): Check[] {
  const kubeconfig = settings.get("generate-kubeconfig");
  return [{
    id: "apiserver-flag",
    tested: `--${WEBHOOK_FLAG} of this node's kube-apiserver: "${kubeconfig}"`,
    async look() {
      const found = await readApiserverFlags(world, places);
      if (found !== undefined) return judge(found, kubeconfig);
      return skipped(
        "no static pod, no K3s, no RKE2 and no unit of systemd starts kube-apiserver here",
        `check the flag where kube-apiserver is configured: --${WEBHOOK_FLAG}=${kubeconfig}`,
      );
    },
  }];
}

function judge({ path, flags, mounts }: ApiserverFlags, kubeconfig: string): Verdict {
  const command = `sudo ram-auth apiserver configure --file ${shellWord(path)} --kubeconfig ${shellWord(kubeconfig)}`;
  const value = valueOf(flags, WEBHOOK_FLAG);
  if (value === undefined) {
    return failed(
      `"${path}" has no such flag, so that the API server asks no webhook`,
      `add it, as root; run: ${command}`,
    );
  }
  const outside = outsideOf(value, mounts);
  if (outside === undefined) {
    return failed(
      `the flag in "${path}" names "${sentence(value)}", which is not mounted: the API server does not start with it`,
      `mount its folder; for that, remove the flag, and as root, run: ${command}`,
    );
  }
  if (outside !== kubeconfig) {
    return failed(
      `the flag in "${path}" names "${sentence(outside)}", another webhook`,
      `name this one, as root; run: ${command} --replace`,
    );
  }
  const version = valueOf(flags, `${WEBHOOK}-version`) ?? DEFAULT_VERSION;
  const ttl = valueOf(flags, `${WEBHOOK}-cache-ttl`) ?? DEFAULT_TTL;
  if (!VERSIONS.includes(version)) {
    return failed(
      `--${WEBHOOK}-version in "${path}" is "${sentence(version)}"`,
      `set it to one of ${VERSIONS.join(", ")}`,
    );
  }
  return ok(`"${path}" has it; version ${version}, answers kept for ${sentence(ttl)}`);
}
