/**
 * The test files that take longest by themselves, longest first. They start before all others, so that a run does not end
 * with one that everybody waits for.
 *
 * @module
 */

/** Paths from the root of the project. */
export const LONGEST_FIRST: readonly string[] = [
  "tests/e2e/installed/node_test.ts",
  "tests/e2e/installed/node_migration_test.ts",
  "tests/interop/swap_config_file_test.ts",
  "tests/cli/apiserver/waiting_test.ts",
  "tests/e2e/chaos_test.ts",
  "tests/cli/apiserver/restart_test.ts",
  "tests/interop/swap_dynamic_file_test.ts",
  "tests/interop/aws_migration_test.ts",
  "tests/interop/swap_config_map_test.ts",
  "tests/e2e/configure_apiserver_test.ts",
  "tests/house/release/compile_test.ts",
  "tests/cli/apiserver/killed_test.ts",
  "tests/server/sources/conformance_test.ts",
  "tests/cli/apiserver/interrupt_test.ts",
  "tests/e2e/installed/upgrade_test.ts",
  "tests/server/sources/resource_status_test.ts",
  "tests/e2e/mapping_guard_test.ts",
  "tests/e2e/installed/systemd_test.ts",
  "tests/e2e/installed/image_test.ts",
  "tests/house/test_task_test.ts",
];
