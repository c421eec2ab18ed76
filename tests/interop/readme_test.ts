import { testInside } from "./namespace.ts";

testInside(
  ["overlays", "binary", "cluster", "kubectl"],
  "the tutorial of the README leads to a login, each command as it stands",
  {
    file: "tests/interop/inside/readme_tutorial.ts",
    names: ["sts.aliyuncs.com"],
    own: ["/etc", "/usr/local", "/var/lib"],
  },
);
