/** Procedures on the keeper's settings, for operators. Values are in the file's units. */
import { type SettingKey, type SettingsPreview, settingKeys } from "@lastbeat/core";
import { z } from "zod";
import type { SettingsRevision, SettingsView } from "../contract/views.ts";
import { operatorWith, router } from "./trpc.ts";

/** Validates only the keys. The settings service validates the values, including non-numbers, with one message per field. */
const written = z.partialRecord(
  z.enum(settingKeys as [SettingKey, ...SettingKey[]]),
  z.custom<number>(() => true),
);

export const settingsRouter = router({
  get: operatorWith("settings:read").query(({ ctx }): SettingsView => ctx.services.settings.view()),

  save: operatorWith("settings:write")
    .input(z.object({ basedOnRevision: z.number().int().min(0), values: written }))
    .mutation(({ ctx, input }): Promise<SettingsView> => ctx.services.settings.save(input, ctx.operator)),

  restore: operatorWith("settings:write")
    .input(z.object({ revision: z.number().int().min(0), basedOnRevision: z.number().int().min(0) }))
    .mutation(({ ctx, input }): Promise<SettingsView> => ctx.services.settings.restore(input, ctx.operator)),

  revisions: operatorWith("settings:read")
    .input(z.object({ limit: z.number().int().min(1).max(500).default(50) }))
    .query(({ ctx, input }): Promise<SettingsRevision[]> => ctx.services.store.revisions.list(input.limit)),

  preview: operatorWith("settings:read")
    .input(z.object({ values: written }))
    .query(({ ctx, input }): SettingsPreview => ctx.services.settings.preview(input.values)),
});
