/**
 * `ClusterConfig` of eksctl, whose `iamIdentityMappings` it writes to the ConfigMap aws-auth.
 *
 * Schema: eksctl-io/eksctl, pkg/apis/eksctl.io/v1alpha5/identitymapping.go.
 *
 * @module
 */

import { isNull } from "../../yaml/access.ts";
import type { YamlNode } from "../../yaml/read.ts";
import type { MappingProblem } from "../problem.ts";
import { placeOf } from "../problem.ts";
import { parseRules } from "../rules.ts";
import { quoted } from "../../quote.ts";
import { type ForeignForm, itemsAlong, notice, valueAlong } from "./form.ts";
import { IDENTITY_KEYS, type IdentityEntry, readIdentityList } from "./identity_entry.ts";

const LIST = "iamIdentityMappings";

const KEYS = [...IDENTITY_KEYS, "account", "serviceName", "namespace", "noDuplicateARNs"] as const;

/** Keys of an entry that maps no user or role. */
const KEYS_OF_ACCOUNT: readonly string[] = ["account", "noDuplicateARNs"];

/** What eksctl does with a cluster's mappings beside writing these. */
const NODES = "eksctl maps the roles of its node groups as well, and convert does not; add rules for them";

/** The form. */
export const EKSCTL: ForeignForm = {
  tool: "eksctl",
  group: "eksctl.io",
  kind: "ClusterConfig",
  source: "EKSConfigMap",
  makes: "writes its mappings to the ConfigMap kube-system/aws-auth",
  read(manifest, { clouds }) {
    const { items, problems: ofList } = itemsAlong(manifest, [LIST]);
    const accounts: YamlNode[] = [];
    const others: MappingProblem[] = [];
    const skip = ({ node, fields, fault }: IdentityEntry): boolean => {
      const duplicates = fields.get("noDuplicateARNs");
      if (duplicates?.kind === "scalar" && duplicates.value === true) {
        others.push(
          notice(duplicates, "noDuplicateARNs is not read: of several entries for one ARN, the last one counts"),
        );
      }
      const service = fields.get("serviceName");
      if (service !== undefined) {
        const name = service.kind === "scalar" ? ` ${quoted(service.text)}` : "";
        fault(node, `eksctl makes the role and RBAC objects of the service${name} itself; map the role that it has`);
        return true;
      }
      const account = fields.get("account");
      if (account === undefined || isNull(account)) return false;
      const wrong = [...fields.keys()].find((key) => !KEYS_OF_ACCOUNT.includes(key));
      if (wrong === undefined) accounts.push(account);
      else fault(fields.get(wrong)!, `an account has no ${wrong}; write an entry of its own for the account`);
      return true;
    };
    const identities = readIdentityList(items, { list: LIST, keys: KEYS, clouds, skip });
    const list = { kind: "list", items: accounts, ...placeOf(manifest) } as const;
    const ofAccounts = parseRules({ mapRoles: undefined, mapUsers: undefined, mapAccounts: list }, { clouds });
    const accessEntries = valueAlong(manifest, ["accessConfig", "accessEntries"]);
    return {
      rules: [...identities.rules, ...ofAccounts.rules],
      problems: [
        ...ofList,
        ...others.slice(0, 1),
        ...identities.problems,
        ...ofAccounts.problems,
        ...(accessEntries === undefined ? [] : [accessEntriesProblem(accessEntries)]),
        ...(items.length === 0 ? [] : [notice(manifest, NODES)]),
      ],
      entries: identities.entries,
    };
  },
};

function accessEntriesProblem(node: YamlNode): MappingProblem {
  const message = "Cannot use accessConfig.accessEntries: eksctl makes access entries of EKS of them; " +
    "convert what aws eks describe-access-entry prints of them";
  return { ...placeOf(node), severity: "invalid", message };
}
