import { testInside } from "./namespace.ts";

testInside([], "a resolver that hangs keeps nobody out whose STS host has answered before", {
  file: "tests/interop/inside/hanging_resolver.ts",
  names: ["sts.us-east-1.amazonaws.com"],
});
