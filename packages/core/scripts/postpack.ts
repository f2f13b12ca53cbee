/** After packing: puts the repository's own package.json back in the current folder. */
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";

const manifest = join(process.cwd(), "package.json");
if (existsSync(`${manifest}.kept`)) renameSync(`${manifest}.kept`, manifest);
