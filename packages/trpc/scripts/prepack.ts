/** Before packing: compiles core, whose declarations this package's own are made from; then does what core does. */
import { join } from "node:path";
import { compile } from "../../core/scripts/compile.ts";

compile(join(process.cwd(), "../core"));
await import("../../core/scripts/prepack.ts");
