import { testInside } from "./namespace.ts";

testInside([], "keys of the ECS metadata service, where it really is", {
  file: "tests/interop/inside/ecs_metadata.ts",
  names: [],
});
