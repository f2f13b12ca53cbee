/** `npm run docs`: writes the generated parts of the documents that come from the core, and its API reports; those of the server follow. */
import { reported, writeApiReports } from "./apiReport.ts";
import { generatedParts, writeParts } from "./generatedDocs.ts";

writeParts(generatedParts);
for (const name of reported) writeApiReports(name);
