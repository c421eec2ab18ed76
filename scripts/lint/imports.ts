/**
 * What the house rules about imports share: where a file is in the project, and every way in which a module names
 * another one.
 *
 * @module
 */

const PROJECT = new URL("../../", import.meta.url);

/** A file's path from the project's top folder. Tests of the rules name their snippets in this form already. */
export function projectPath(filename: string): string {
  return filename.startsWith(PROJECT.pathname) ? filename.slice(PROJECT.pathname.length) : filename;
}

/** Whether a file is part of the program that people run; tests and scripts import what they need. */
export function isShipped(path: string): boolean {
  return path === "main.ts" || path.startsWith("lib/");
}

/** The project path of the file that `specifier` names from within `path`, or `undefined` if it names a package. */
export function resolveLocal(path: string, specifier: string): string | undefined {
  if (!specifier.startsWith("./") && !specifier.startsWith("../")) return undefined;
  return projectPath(new URL(specifier, new URL(path, PROJECT)).pathname);
}

/**
 * Visits imports and re-exports, static and dynamic, of values and of types.
 *
 * `visit` gets `undefined` where the module is only known at run time.
 */
export function importVisitor(
  visit: (node: Deno.lint.Node, specifier: string | undefined) => void,
): Deno.lint.LintVisitor {
  return {
    ImportDeclaration: (node) => visit(node, node.source.value),
    ExportAllDeclaration: (node) => visit(node, node.source.value),
    ExportNamedDeclaration: (node) => node.source && visit(node, node.source.value),
    ImportExpression: (node) => visit(node, literalText(node.source)),
    CallExpression(node) {
      const [specifier] = node.arguments;
      if (node.callee.type === "Identifier" && node.callee.name === "importLater") {
        visit(node, specifier && literalText(specifier));
      }
    },
    TSImportType: (node) =>
      visit(node, node.argument.type === "TSLiteralType" ? literalText(node.argument.literal) : undefined),
  };
}

function literalText(node: Deno.lint.Node): string | undefined {
  return node.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
}
