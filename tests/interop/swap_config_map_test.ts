import { testSwap } from "./swap.ts";

testSwap("ConfigMap", "aws_config_map.ts", ["cluster"]);
