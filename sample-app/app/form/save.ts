"use server";

/** Pretends to save a draft. The id of this server action differs in each build. */
export async function save(_saved: boolean, form: FormData) {
  return Boolean(form.get("draft"));
}
