/**
 * The formula by which Homebrew installs a release.
 *
 * Source: Homebrew's Formula Cookbook.
 *
 * @module
 */

import { type Archive, type Platform, PLATFORMS } from "./artefacts.ts";
import { homepageOf, type Publication, SUMMARY } from "./publication.ts";

const SYSTEMS = [["darwin", "on_macos"], ["linux", "on_linux"]] as const;

const PROCESSORS: Readonly<Record<Platform["arch"], string>> = { amd64: "on_intel", arm64: "on_arm" };

/** The text of `ram-auth.rb`. Version and URLs hold nothing that Ruby reads as more than text. */
export function homebrewFormula(archives: readonly Archive[], { version, baseUrl }: Publication): string {
  const blocks = SYSTEMS.flatMap(([os, block]) => {
    const own = archives.filter(({ target }) => PLATFORMS[target].os === os);
    return own.length === 0 ? [] : [`  ${block} do\n${own.map((one) => download(one, baseUrl)).join("")}  end\n`];
  });
  return `class RamAuth < Formula
  desc "${SUMMARY}"
  homepage "${homepageOf(baseUrl)}"
  version "${version}"
  license "Apache-2.0"

${blocks.join("\n")}
  def install
    bin.install "ram-auth"
    man1.install Dir["*.1"]
    generate_completions_from_executable(bin/"ram-auth", "completion", shells: [:bash, :zsh, :fish])
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/ram-auth version")
  end
end
`;
}

function download({ name, sha256, target }: Archive, baseUrl: string): string {
  return `    ${PROCESSORS[PLATFORMS[target].arch]} do
      url "${baseUrl}/${name}"
      sha256 "${sha256}"
    end
`;
}
