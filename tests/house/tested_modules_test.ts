import assert from "node:assert/strict";

/**
 * Modules that decide something and have no test of their name: part of a whole that the named file tests as one, from
 * the outside.
 */
const TESTED_BY: Readonly<Record<string, readonly string[]>> = {
  "tests/cli/apiserver/plan_test.ts": [
    "lib/cli/apiserver/judge.ts",
    "lib/cli/apiserver/kops.ts",
    "lib/cli/apiserver/list_lines.ts",
    "lib/cli/apiserver/pod.ts",
    "lib/cli/apiserver/rancher_config.ts",
    "lib/cli/apiserver/static_pod.ts",
  ],
  "tests/cli/doctor/files_test.ts": [
    "lib/cli/doctor/config_checks.ts",
    "lib/cli/doctor/examination.ts",
    "lib/cli/doctor/file_checks.ts",
    "lib/cli/owner_and_mode.ts",
    "lib/cli/doctor/state_checks.ts",
    "lib/cli/doctor/webhook.ts",
  ],
  "tests/cli/doctor/server_test.ts": [
    "lib/cli/doctor/certificate_checks.ts",
    "lib/cli/doctor/limit_checks.ts",
    "lib/cli/doctor/server_checks.ts",
    "lib/cli/doctor/sts_checks.ts",
  ],
  "tests/cli/doctor/token_test.ts": ["lib/cli/doctor/token_checks.ts"],
  "tests/cli/doctor/apiserver_test.ts": ["lib/cli/doctor/apiserver_checks.ts"],
  "tests/e2e/doctor_test.ts": ["lib/cli/doctor/cluster_checks.ts"],
  "tests/cli/apiserver/waiting_test.ts": [
    "lib/cli/apiserver/configure.ts",
    "lib/cli/apiserver/roll_back.ts",
    "lib/cli/apiserver/running/witness.ts",
    "lib/cli/apiserver/wait.ts",
  ],
  "tests/cli/apiserver/killed_test.ts": ["lib/cli/apiserver/backup.ts"],
  "tests/cli/apiserver/intruders_test.ts": ["lib/cli/apiserver/target_file.ts"],
  "tests/cli/install/uninstall_test.ts": ["lib/cli/apiserver/asking_servers.ts"],
  "tests/cli/apiserver/usage_test.ts": ["lib/cli/apiserver/task.ts"],
  "tests/cli/apiserver/systemd_test.ts": ["lib/cli/apiserver/unit_texts.ts"],
  "tests/cli/apiserver/restart_test.ts": ["lib/cli/apiserver/running/restart.ts"],
  "tests/cli/apiserver/discovery_test.ts": ["lib/cli/apiserver/node_type.ts", "lib/cli/apiserver/places.ts"],
  "tests/server/self_review_test.ts": ["lib/server/unverified.ts"],
  "tests/state/state_lock_test.ts": ["lib/state/file_lock.ts"],
  "tests/cli/edit/add_test.ts": ["lib/cli/edit/options.ts", "lib/kube/config_map_client.ts"],
  "tests/cli/edit/impersonation_test.ts": ["lib/kube/access_review.ts"],
  "tests/cli/install/install_test.ts": ["lib/cli/install/node_files.ts", "lib/cli/install/planned_file.ts"],
  "tests/cli/install/init_test.ts": [
    "lib/cli/install/first_admin.ts",
    "lib/cli/install/first_config.ts",
    "lib/cli/install/report.ts",
  ],
  "tests/cli/completion/completion_test.ts": [
    "lib/cli/completion/bash.ts",
    "lib/cli/completion/fish.ts",
    "lib/cli/completion/powershell.ts",
    "lib/cli/completion/zsh.ts",
  ],
  "tests/cli/kubeconfig/convert_test.ts": ["lib/cli/kubeconfig/programs.ts"],
  "tests/cli/kubeconfig/several_files_test.ts": ["lib/cli/kubeconfig/edit_files.ts", "lib/cli/kubeconfig/merged.ts"],
  "tests/cli/kubeconfig/kubeconfig_test.ts": [
    "lib/cli/kubeconfig/cluster.ts",
    "lib/cli/kubeconfig/entries.ts",
    "lib/cli/kubeconfig/exec_section.ts",
    "lib/cli/kubeconfig/paths.ts",
  ],
  "tests/cli/login/cache_test.ts": [
    "lib/cli/login/cache.ts",
    "lib/cli/login/cache_folder.ts",
    "lib/clouds/kept_sessions.ts",
    "lib/token/credential_cache.ts",
    "lib/token/kept_keys.ts",
    "lib/token/renew_kept.ts",
  ],
  "tests/cli/login/login_test.ts": [
    "lib/cli/login/login.ts",
    "lib/clouds/alibaba/credentials/oauth_profile.ts",
    "lib/clouds/alibaba/oauth/service.ts",
    "lib/clouds/alibaba/oauth/sign_in.ts",
    "lib/clouds/alibaba/oauth/sites.ts",
  ],
  "tests/cli/login/open_browser_test.ts": ["lib/cli/login/open_browser.ts"],
  "tests/cli/verdicts/whoami_test.ts": ["lib/cli/verdicts/whoami.ts", "lib/kube/self_subject.ts"],
  "tests/cli/login/role_test.ts": ["lib/cli/login/roles.ts"],
  "tests/cli/mappings/check_reach_test.ts": [
    "lib/cli/mappings/check_config.ts",
    "lib/cli/mappings/check_documents.ts",
    "lib/cli/mappings/config_map_use.ts",
    "lib/clouds/alibaba/account_id.ts",
    "lib/clouds/aws/account_id.ts",
    "lib/config/judge_config.ts",
  ],
  "tests/cli/mappings/check_test.ts": [
    "lib/cli/mappings/config_map_document.ts",
    "lib/cli/mappings/finding.ts",
    "lib/cli/mappings/read_documents.ts",
    "lib/cli/mappings/resource_document.ts",
  ],
  "tests/cli/mappings/cluster_sources_test.ts": ["lib/cli/mappings/cluster_documents.ts"],
  "tests/cli/mappings/convert_test.ts": ["lib/cli/mappings/write_rules.ts"],
  "tests/cli/mappings/list_test.ts": ["lib/cli/mappings/read_sources.ts"],
  "tests/cli/mappings/manifests_test.ts": ["lib/cli/mappings/document.ts", "lib/cli/mappings/section_entries.ts"],
  "tests/cli/verdicts/verify_test.ts": [
    "lib/cli/verdicts/barred.ts",
    "lib/cli/verdicts/given.ts",
    "lib/cli/verdicts/server_mapper.ts",
    "lib/cli/verdicts/verification.ts",
  ],
  "tests/cli/run_test.ts": ["lib/cli/version.ts"],
  "tests/cli/serve/config_reader_test.ts": ["lib/cli/serve/config.ts"],
  "tests/cli/serve/server_wiring_test.ts": ["lib/config/endpoint_choice.ts"],
  "tests/clouds/alibaba/assume_role_test.ts": ["lib/clouds/alibaba/answers.ts"],
  "tests/clouds/alibaba/credentials/modes_test.ts": [
    "lib/clouds/alibaba/credentials/cloud_sso.ts",
    "lib/clouds/alibaba/credentials/oauth.ts",
    "lib/clouds/alibaba/credentials/variables.ts",
    "lib/clouds/alibaba/credentials/asking.ts",
    "lib/clouds/alibaba/credentials/json_file.ts",
  ],
  "tests/clouds/aws/profile_chain_test.ts": [
    "lib/clouds/aws/credentials/mfa.ts",
    "lib/clouds/aws/credentials/process.ts",
    "lib/clouds/aws/credentials/profile.ts",
    "lib/clouds/aws/credentials/way.ts",
  ],
  "tests/clouds/aws/requests_test.ts": [
    "lib/clouds/aws/credentials/sso.ts",
    "lib/clouds/aws/credentials/web_identity.ts",
  ],
  "tests/config/file_test.ts": ["lib/config/keys.ts", "lib/config/values.ts"],
  "tests/emulator/aws/check_signature_test.ts": [
    "lib/emulator/aws/claim.ts",
    "lib/emulator/aws/parameters.ts",
    "lib/emulator/aws/sigv4.ts",
  ],
  "tests/emulator/sts_test.ts": ["lib/emulator/alibaba/sts.ts", "lib/emulator/aws/answers.ts"],
  "tests/interop/swap_config_file_test.ts": ["lib/mapping/swap/old_entry.ts"],
  "tests/kube/connection_test.ts": [
    "lib/kube/bearer.ts",
    "lib/kube/certificate_facts.ts",
    "lib/kube/kubeconfig_shape.ts",
    "lib/kube/exec_token.ts",
  ],
  "tests/kube/list_watch_test.ts": ["lib/kube/backoff.ts", "lib/kube/list.ts", "lib/kube/watch.ts"],
  "tests/mapping/explain/explain_test.ts": [
    "lib/mapping/explain/differences.ts",
    "lib/mapping/explain/named_entry.ts",
    "lib/mapping/explain/summary.ts",
  ],
  "tests/mapping/foreign/access_entries_test.ts": [
    "lib/mapping/foreign/aws_output.ts",
    "lib/mapping/foreign/entry_policies.ts",
    "lib/mapping/foreign/entry_usernames.ts",
  ],
  "tests/mapping/foreign/forms_test.ts": [
    "lib/mapping/foreign/cluster_api.ts",
    "lib/mapping/foreign/eks_anywhere.ts",
    "lib/mapping/foreign/eksctl.ts",
    "lib/mapping/foreign/form.ts",
    "lib/mapping/foreign/identity_entry.ts",
    "lib/mapping/foreign/kops.ts",
    "lib/mapping/foreign/sections.ts",
  ],
  "tests/mapping/instances/private_dns_names_test.ts": ["lib/mapping/instances/batches.ts"],
  "tests/mapping/lookup/rule_table_test.ts": [
    "lib/mapping/lookup/glob_table.ts",
    "lib/mapping/lookup/pin_group.ts",
    "lib/mapping/lookup/prefix_tree.ts",
    "lib/mapping/lookup/rule_key.ts",
  ],
  "tests/mapping/rules_test.ts": [
    "lib/mapping/fields.ts",
    "lib/mapping/ids.ts",
    "lib/mapping/lookup/collisions.ts",
  ],
  "tests/server/audit_test.ts": ["lib/telemetry/appended_file.ts"],
  "tests/server/authenticate_test.ts": ["lib/server/routes.ts"],
  "tests/server/delegation/delegation_test.ts": ["lib/server/delegated.ts"],
  "tests/server/process_test.ts": ["lib/mapping/swap/gains.ts"],
  "tests/server/sources/dynamic_file_test.ts": ["lib/server/sources/source_report.ts"],
  "tests/server/sources/resource_status_test.ts": [
    "lib/kube/object_status.ts",
    "lib/server/sources/resource_kind.ts",
    "lib/server/sources/status_writer.ts",
  ],
  "tests/state/broken_state_test.ts": ["lib/state/state_repair.ts"],
  "tests/state/state_dir_test.ts": ["lib/state/state_files.ts", "lib/state/state_folder.ts"],
  "tests/state/webhook_kubeconfig_test.ts": ["lib/guarded_file.ts"],
  "tests/yaml/list_test.ts": ["lib/yaml/item_style.ts", "lib/yaml/positions.ts"],
  "tests/yaml/merge_test.ts": ["lib/yaml/put.ts", "lib/yaml/write.ts"],
  "tests/yaml/read_aside_test.ts": ["lib/yaml/tree_parts.ts", "lib/yaml/yaml_worker.ts"],
  "tests/yaml/read_test.ts": ["lib/yaml/node.ts"],
};

/** What tells a module that decides something from one of types, tables and calls. */
const DECISION = /\b(?:if|for|while|switch|catch)\b ?\(|\?\?|&&|\|\|| \? /;

async function sourcesIn(folder: string): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) { for (const [inside, text] of await sourcesIn(path)) sources.set(inside, text); }
    else if (name.endsWith(".ts")) sources.set(path, await Deno.readTextFile(path));
  }
  return sources;
}

const MODULES = await sourcesIn("lib");
const TESTS = await sourcesIn("tests");

/** The modules of lib that some test or helper of tests imports. */
const IMPORTED = new Set(
  [...TESTS].flatMap(([path, text]) =>
    [...text.matchAll(/"(\.\.?\/[^"]+\.ts)"/g)].map(([, to]) => new URL(to!, `file:///${path}`).pathname.slice(1))
  ),
);

const hasTestOfItsName = (module: string) => TESTS.has(module.replace(/^lib/, "tests").replace(/\.ts$/, "_test.ts"));

const listed = Object.values(TESTED_BY).flat();

Deno.test("every module that decides something has a test that names it", () => {
  for (const [path, text] of MODULES) {
    const code = text.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
    if (!DECISION.test(code) || IMPORTED.has(path) || hasTestOfItsName(path)) continue;
    assert.ok(listed.includes(path), `${path} has no test: write one, or say in this table which file tests it`);
  }
});

Deno.test("the table of what is tested by another file names files that are there, each module once", () => {
  for (const [test, modules] of Object.entries(TESTED_BY)) {
    assert.ok(TESTS.has(test), `${test} is not there`);
    for (const module of modules) assert.ok(MODULES.has(module), `${module} is not there`);
  }
  assert.equal(new Set(listed).size, listed.length, "a module is listed twice");
});
