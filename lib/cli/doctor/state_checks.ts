/**
 * The state folder and the webhook kubeconfig: whether all of it is there, belongs together, and is what a server with
 * these settings needs.
 *
 * @module
 */

import { STATE_FILES, statePath } from "../../state/state_files.ts";
import { previewState } from "../../state/state_dir.ts";
import { webhookUrl } from "../../state/webhook_kubeconfig.ts";
import { type Check, failed, ok, skipped, type Verdict, verdictOf, warning } from "./check.ts";
import type { Examination } from "./examination.ts";
import { readTextFileIfThere } from "../../files.ts";
import { pemCertificates } from "../../pem.ts";
import type { Webhook } from "./webhook.ts";

/** The checks. */
export function stateChecks(examination: Examination): Check[] {
  const { world, settings } = examination;
  return [
    {
      id: "state",
      tested: "the CA, the server's certificate and their keys: all there, of each other, valid, and for its names",
      async look() {
        const options = await examination.state();
        let files;
        try {
          ({ files } = await previewState(world, options));
        } catch (error) {
          return verdictOf(error, world);
        }
        const missing = files.filter(({ status }) => status === "written");
        if (missing.length > 0) {
          return failed(
            `there is no ${missing.map(({ path }) => `"${path}"`).join(", ")}`,
            `make it and restart the server; run: ${await examination.initCommand()}`,
          );
        }
        const renewed = files.find(({ status }) => status === "renewed");
        if (renewed === undefined) return ok(`"${options.stateDir}": ${files.length} files, of each other and valid`);
        return warning(
          `${renewed.what} "${renewed.path}" is due, or not for each of the server's names`,
          `the server renews it by itself; if it did not, run: ${await examination.initCommand()}`,
        );
      },
    },
    {
      id: "webhook-kubeconfig",
      tested: `the webhook kubeconfig "${settings.get("generate-kubeconfig")}": URL, CA, and nothing to run`,
      async look() {
        const webhook = await examination.webhook();
        if (webhook !== undefined) return await judgeWebhook(examination, webhook);
        return failed(
          "there is no such file, so that kube-apiserver cannot be pointed at the server",
          `make it; run: ${await examination.initCommand()}`,
        );
      },
    },
  ];
}

async function judgeWebhook(examination: Examination, { url, caPem, plugin }: Webhook): Promise<Verdict> {
  const { settings } = examination;
  if (plugin !== undefined) {
    return failed(
      `its user has "${plugin}", which kube-apiserver runs as the user that it runs as`,
      "look who wrote it, and take it out",
    );
  }
  const remake = `make it again, and restart kube-apiserver, which reads it at its start; run: ${await examination
    .initCommand()}`;
  if (caPem === undefined) return failed("it names no CA, so that kube-apiserver trusts the public ones", remake);
  const port = settings.get("port");
  if (port !== 0) {
    const wanted = new URL(webhookUrl(settings.get("hostname"), port));
    const same = (["protocol", "port", "pathname"] as const).every((part) => url[part] === wanted[part]);
    if (!same || url.hostname !== wanted.hostname) {
      const saw = `its URL is "${url.href}", and the server's is "${wanted.href}"`;
      return same ? warning(`${saw}: another host`, remake) : failed(saw, remake);
    }
  }
  const stored = await storedAuthority(examination);
  if (stored === undefined) return skipped(`its URL is right; its CA could not be compared with the state's`);
  if (stored === caPem.trim()) return ok(`"${url.href}", with the CA of the state`);
  return failed("its CA is another one than the state's, so that kube-apiserver refuses the server", remake);
}

/** The certificate that kube-apiserver must trust: the CA, or where another tool made the state, the one of the server. */
async function storedAuthority({ world, state }: Examination): Promise<string | undefined> {
  const { stateDir } = await state();
  for (const file of [STATE_FILES.ca, STATE_FILES.certificate]) {
    const text = await readTextFileIfThere(world, statePath(stateDir, file), { what: file.what, maxBytes: 65_536 })
      .catch(() => undefined);
    if (text !== undefined) return pemCertificates(text)[0]?.trim();
  }
  return undefined;
}
