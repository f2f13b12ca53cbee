/** The server's part of `npm run docs`. */
import { writeParts } from "@lastbeat/tools/generatedDocs";
import { errorParts } from "./errorTables.ts";

writeParts(errorParts);
