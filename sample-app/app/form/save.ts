"use server";

/** Pretends to save a draft. Its address, the action's id, is another one in each build. */
export async function save(_saved: boolean, form: FormData) {
  return Boolean(form.get("draft"));
}
