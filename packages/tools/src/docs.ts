/** `npm run docs`: writes the generated parts of the documents that come from the core; those of the server follow. */
import { generatedParts, writeParts } from "./generatedDocs.ts";

writeParts(generatedParts);
