/**
 * Who may ask the server: whether the webhook kubeconfig has a token, and the state its digest.
 *
 * @module
 */

import { matchWebhookToken, type TokenMatch } from "../../state/token_match.ts";
import { type Check, failed, ok, skipped, type Verdict, warning } from "./check.ts";
import type { Examination } from "./examination.ts";
import { shellWord } from "../../quote.ts";

/** The checks. */
export function tokenChecks({ world, settings, state }: Examination): Check[] {
  const kubeconfigPath = settings.get("generate-kubeconfig");
  return [{
    id: "webhook-token",
    tested: "the token by which kube-apiserver asks: in the webhook kubeconfig, and by its digest in the state",
    async look() {
      const { stateDir } = await state();
      const found = await matchWebhookToken(world, { stateDir, kubeconfigPath });
      const places = `--state-dir ${shellWord(stateDir)} --generate-kubeconfig ${shellWord(kubeconfigPath)}`;
      return judge(found, (step) => `sudo ram-auth webhook-token ${step} ${places}`);
    },
  }];
}

function judge({ demanded, tokens, shown }: TokenMatch, command: (step: "rotate" | "retire") => string): Verdict {
  const rotate = `give it a new one, restart kube-apiserver, and then retire the old one; run: ${command("rotate")}`;
  if (demanded === "never" && shown === "missing") {
    return warning(
      "there is none: any process that reaches the port can ask whose a token is, and use up STS's quota",
      rotate,
    );
  }
  if (shown !== "accepted") {
    const saw = shown === "missing" ? "the webhook kubeconfig has none" : "the state does not accept the kubeconfig's";
    if (demanded === "always") return failed(`${saw}: kube-apiserver is refused once it has read that`, rotate);
    return skipped(saw, rotate);
  }
  if (demanded === "always" && tokens === 1) return ok("the state accepts the kubeconfig's, and no other");
  return warning(
    demanded === "always" ? `${tokens} tokens are accepted` : "those who show none are still answered",
    `restart kube-apiserver, so that it shows the new token, and end the rotation; run: ${command("retire")}`,
  );
}
