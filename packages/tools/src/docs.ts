/** The first step of `npm run docs`: writes the documentation parts generated from the core, and the API reports. */
import { reported, writeApiReports } from "./apiReport.ts";
import { generatedParts, writeParts } from "./generatedDocs.ts";

writeParts(generatedParts);
for (const name of reported) writeApiReports(name);
