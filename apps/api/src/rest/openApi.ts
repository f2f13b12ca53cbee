/** Generates the OpenAPI document from the operations and their validation schemas. */
import { z } from "zod";
import {
  endPageSchema,
  endSchema,
  endStatsSchema,
  liveSessionSchema,
  sessionDetailSchema,
  sessionListSchema,
  timelineEntrySchema,
  timelineSchema,
  userEndedSchema,
} from "../contract/answers.ts";
import { errorTable } from "../contract/errors.ts";
import { logViewSchema } from "../contract/logLevel.ts";
import { localRights } from "../contract/rights.ts";
import { deadPageSchema, resentSchema, webhookListSchema } from "../contract/webhooks.ts";
import { version } from "../version.ts";
import { auditEntrySchema, auditPageSchema } from "./auditOperations.ts";
import type { Operation } from "./operation.ts";
import { restErrorCodes, restErrorSchema } from "./restError.ts";

type Json = Record<string, unknown>;

const named: Readonly<Record<string, z.ZodType>> = {
  End: endSchema,
  EndPage: endPageSchema,
  EndStats: endStatsSchema,
  LiveSession: liveSessionSchema,
  SessionList: sessionListSchema,
  SessionDetail: sessionDetailSchema,
  UserEnded: userEndedSchema,
  TimelineEntry: timelineEntrySchema,
  Timeline: timelineSchema,
  WebhookList: webhookListSchema,
  DeadDeliveries: deadPageSchema,
  Resent: resentSchema,
  Log: logViewSchema,
  AuditEntry: auditEntrySchema,
  AuditPage: auditPageSchema,
  Error: restErrorSchema,
};

export interface DocumentOptions {
  /** Whether programs on the server's machine may read without a token. */
  readonly localReads: boolean;
  readonly basePath: string;
  /** Name of the operator's cookie. */
  readonly cookieName: string;
}

export function openApiDocument(operations: readonly Operation[], { localReads, basePath, cookieName }: DocumentOptions): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = `/api${operation.path}`;
    paths[path] = { ...paths[path], [operation.method]: operationObject(operation, localReads) };
  }
  const info = { title: "Lastbeat", version, description: "Live sessions, and the ledger of ended ones." };
  const bearer = { type: "http", scheme: "bearer", description: "A token: `lastbeat token create`." };
  const cookie = {
    type: "apiKey",
    in: "cookie",
    name: cookieName,
    description: "A signed-in operator; the name ends with the port.",
  };
  return {
    openapi: "3.1.0",
    info,
    servers: [{ url: basePath === "" ? "/" : basePath }],
    paths,
    security: [{ bearer: [] }, { cookie: [] }],
    components: { schemas: schemaObjects(), responses: { Error: errorResponse() }, securitySchemes: { bearer, cookie } },
  };
}

function operationObject(operation: Operation, localReads: boolean): Json {
  const { method, path, summary, deprecated, right, body, answer } = operation;
  const content = Array.isArray(answer)
    ? Object.fromEntries(answer.map((type) => [mediaType(type), { schema: { type: "string" } }]))
    : { "application/json": { schema: { $ref: reference(nameOf(answer as z.ZodType)) } } };
  return {
    operationId: operationId(method, path),
    summary,
    description: `Needs the right \`${right}\`.`,
    deprecated,
    parameters: parametersOf(operation),
    ...(body === undefined ? {} : { requestBody: { content: { "application/json": { schema: jsonSchema(body) } } } }),
    // Programs on the server's own machine may read without authentication.
    ...(localRights.has(right) && localReads ? { security: [{ bearer: [] }, { cookie: [] }, {}] } : {}),
    responses: { "200": { description: summary, content }, default: { $ref: "#/components/responses/Error" } },
  };
}

function parametersOf({ path, idIs = "a session's id", query, sugar = {} }: Operation): Json[] {
  const id = { name: "id", in: "path", required: true, schema: { type: "string" }, description: idIs };
  const { properties = {}, required = [] } = query === undefined ? {} : z.toJSONSchema(query, { io: "input" });
  const more = Object.entries(sugar).map(([name, schema]) => [name, jsonSchema(schema)] as const);
  const inQuery = [...Object.entries(properties), ...more].map(([name, property]) => {
    const { description, ...schema } = property as Json;
    // Lists are comma-separated.
    const lists = schema.type === "array" ? { style: "form", explode: false } : {};
    return { name, in: "query", required: required.includes(name), description, schema, ...lists };
  });
  return [...(path.includes("{id}") ? [id] : []), ...inQuery];
}

/** All named schemas, which reference each other by name. */
function schemaObjects(): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: reference });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, withoutIds(schema as Json)]));
}

function errorResponse(): Json {
  const statuses = restErrorCodes.map((code) => `${code} ${errorTable[code].rest}`);
  const content = { "application/json": { schema: { $ref: reference("Error") } } };
  return { description: `Every error has this shape; its code determines the status: ${statuses.join(", ")}.`, content };
}

function jsonSchema(schema: z.ZodType): Json {
  return withoutIds(z.toJSONSchema(schema, { io: "input" }) as Json);
}

function withoutIds({ $schema: _, $id: __, ...schema }: Json): Json {
  return schema;
}

function nameOf(schema: z.ZodType): string {
  const [name] = Object.entries(named).find(([, other]) => other === schema) ?? [];
  if (name === undefined) throw new Error("an operation's response schema has no name");
  return name;
}

function reference(name: string): string {
  return `#/components/schemas/${name}`;
}

function mediaType(contentType: string): string {
  return contentType.split(";", 1)[0] ?? contentType;
}

/** `get /ends/{id}/timeline` becomes `getEndsIdTimeline`. */
function operationId(method: string, path: string): string {
  return method + path.replace(/[/{]+(\w)/g, (_, first: string) => first.toUpperCase()).replaceAll("}", "");
}
