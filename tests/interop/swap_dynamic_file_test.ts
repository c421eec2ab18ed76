import { testSwap } from "./swap.ts";

testSwap("DynamicFile", "aws_dynamic_file.ts");
