/**
 * The house rules that `deno lint` enforces beside its own; CONTRIBUTING says why each exists.
 *
 * @module
 */

import { docstring } from "./docstring.ts";
import { importDirection } from "./import_direction.ts";
import { packages } from "./packages.ts";

export default {
  name: "house",
  rules: { docstring, "import-direction": importDirection, packages },
} satisfies Deno.lint.Plugin;
