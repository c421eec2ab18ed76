/**
 * `ram-auth remove user` and `ram-auth remove role`: takes the mapping of a principal out of the ConfigMap of its cloud.
 *
 * @module
 */

import { removeEntry } from "../../mapping/forms/section_edit.ts";
import { CONFIG_MAP_NAMESPACE, CONFIG_MAPS } from "../../mapping/forms/config_map_names.ts";
import { cloudOf } from "../../clouds/registry.ts";
import type { Invocation } from "../command.ts";
import { type Change, type Edit, editConfigMap } from "./agreed_edit.ts";
import { editOptions } from "./options.ts";
import { quoted } from "../../quote.ts";

/** `ram-auth remove user`. */
export const user = {
  run: (invocation: Invocation): Promise<number> => remove(invocation, "user"),
};

/** `ram-auth remove role`. */
export const role = {
  run: (invocation: Invocation): Promise<number> => remove(invocation, "role"),
};

async function remove({ settings, world }: Invocation, kind: "user" | "role"): Promise<number> {
  const arn = settings.require(kind === "user" ? "userarn" : "rolearn");
  return await editConfigMap(world, await removal(kind, arn), editOptions(settings, world));
}

/**
 * The change that takes out every entry of an ARN: after it, the section does not map it. It gives no name, so it takes no
 * right to impersonate one.
 *
 * @throws {UsageError} if the ARN is of no cloud
 */
export async function removal(kind: "user" | "role", arn: string): Promise<Edit> {
  const section = kind === "user" ? "mapUsers" : "mapRoles";
  const cloud = await cloudOf(arn, `Cannot remove ${kind}`);
  const place = `${CONFIG_MAP_NAMESPACE}/${CONFIG_MAPS[cloud.id].name}`;
  const change = (text: string | undefined): Change => {
    const removal = removeEntry(text, { section, arn }, cloud);
    if (removal === undefined) {
      const why = `${section} of ${place} has no entry of it; see "kubectl -n ${CONFIG_MAP_NAMESPACE} get configmap"`;
      return { text: undefined, nothing: `ram-auth: Cannot remove ${kind} ${quoted(arn)}: ${why}`, exitCode: 1 };
    }
    const many = removal.removed === 1 ? "" : ` (${removal.removed} entries)`;
    return { text: removal.text, done: `removed ${kind} ${arn} from ${place}${many}`, warnings: [] };
  };
  return { section, cloud, change };
}
