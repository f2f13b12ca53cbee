/** Whether the identity provider of the operators answers, and is the one that the configuration names. */
import { type OidcConfig, sameIssuer } from "../config/oidcFields.ts";
import { type Finding, ok, problem } from "./finding.ts";
import { answer } from "./serving.ts";

export async function providerFindings(oidc: OidcConfig | null): Promise<Finding[]> {
  if (oidc === null) return [];
  const check = "identity provider";
  const { issuer } = oidc;
  const told = await answer(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  if (told === null) return [problem(check, `nobody answers at ${issuer}: operators cannot sign in with it`)];
  if (sameIssuer(String(told.body.issuer), issuer)) return [ok(check, `${issuer} answers`)];
  const named =
    told.body.issuer === undefined ? `answers with status ${told.status}` : `calls itself ${String(told.body.issuer)}`;
  return [problem(check, `${issuer} ${named}: set operators.oidc.issuer to exactly the name that the provider gives itself`)];
}
