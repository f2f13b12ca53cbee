/** After packing: puts the repository's own package.json back. */
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";

const manifest = join(import.meta.dirname, "../package.json");
if (existsSync(`${manifest}.kept`)) renameSync(`${manifest}.kept`, manifest);
