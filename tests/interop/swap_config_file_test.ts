import { testSwap } from "./swap.ts";

testSwap("config file", "aws_config_file.ts");
