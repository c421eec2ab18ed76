/**
 * `house/docstring`: every name that a module under `lib/` exports says what it is for.
 *
 * @module
 */

import { projectPath } from "./imports.ts";

/** The rule. Re-exports are free: the docstring stands where the name is declared. */
export const docstring: Deno.lint.Rule = {
  create(context) {
    if (!projectPath(context.filename).startsWith("lib/")) return {};
    const documented = new Set<string>();
    return {
      ExportNamedDeclaration(node) {
        if (node.source !== null) return;
        if (node.declaration === null) {
          context.report({ node, message: "Export a name where it is declared, so that its docstring is found" });
          return;
        }
        const names = namesOf(context.sourceCode, node.declaration);
        if (hasDocstring(context.sourceCode, node)) return names.forEach((name) => documented.add(name));
        for (const name of names.filter((name) => !documented.has(name))) {
          context.report({ node, message: `Exported "${name}" has no docstring; say what it does and promises` });
        }
      },
      ExportDefaultDeclaration(node) {
        context.report({ node, message: "Export by name: a default export is called something else everywhere" });
      },
    };
  },
};

type Declaration = NonNullable<Deno.lint.ExportNamedDeclaration["declaration"]>;

function namesOf(source: Deno.lint.SourceCode, declaration: Declaration): string[] {
  if (declaration.type === "VariableDeclaration") return declaration.declarations.map(({ id }) => source.getText(id));
  return [declaration.id === null ? "default" : source.getText(declaration.id)];
}

/** Whether a JSDoc comment with words in it stands right before the node; the module's own header does not count. */
function hasDocstring(source: Deno.lint.SourceCode, node: Deno.lint.Node): boolean {
  const comment = source.getCommentsBefore(node)
    .findLast(({ type, range }) => type === "Block" && range[1] <= node.range[0]);
  if (comment === undefined || !comment.value.startsWith("*") || comment.value.includes("@module")) return false;
  const between = source.text.slice(comment.range[1], node.range[0]).replaceAll(/\/\/.*$/gm, "");
  return between.trim() === "" && /\p{L}/u.test(comment.value);
}
