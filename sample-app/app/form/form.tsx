"use client";

import { useActionState } from "react";
import { Draft } from "./draft";
import { save } from "./save";

/** Submits the draft to a server action, and confirms when it is saved. */
export function Form() {
  const [saved, submit, pending] = useActionState(save, false);
  return (
    <form action={submit}>
      <label htmlFor="draft">Draft</label>
      <Draft saved={saved} />
      <button id="save" type="submit" disabled={pending}>
        Save
      </button>
      {saved && (
        <p id="saved" role="status">
          Saved.
        </p>
      )}
    </form>
  );
}
