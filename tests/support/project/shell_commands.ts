/**
 * The commands in a page of documentation. Knows nothing of what they do.
 *
 * @module
 */

/** Each line of the blocks of shell, those that end with a backslash joined with the next. */
export function shellCommands(markdown: string): string[] {
  return [...markdown.matchAll(/^ *```sh\n(.*?)^ *```/gms)].flatMap(([, block]) =>
    block!.replace(/\\\n\s*/g, "").split("\n").map((line) => line.trim()).filter((line) => line !== "")
  );
}

/** Commands within sentences that begin so and have arguments, in their order. */
export function inlineCommands(markdown: string, start: string): string[] {
  const text = markdown.replaceAll(/^ *```.*?^ *```/gms, "");
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code!.replaceAll("\n", " "))
    .filter((code) => code.startsWith(start) && code.includes(" -"));
}

/** What stands under a heading of the second level, up to the next one. */
export function sectionOf(markdown: string, heading: string): string {
  const [, section] =
    markdown.split(/^## /m).map((part) => part.split(/\n(.*)/s)).find(([title]) => title === heading) ??
      [];
  if (section === undefined) throw new Error(`Cannot find the section "${heading}": there is no such heading`);
  return section;
}

/** The page without what stands under a heading of the second level. */
export function withoutSection(markdown: string, heading: string): string {
  return markdown.replace(sectionOf(markdown, heading), "");
}
