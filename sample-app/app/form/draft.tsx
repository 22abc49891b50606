"use client";

import { useState } from "react";

/** A draft that exists only in the component: a reload loses it. */
export function Draft(_: { saved: boolean }) {
  const [text, setText] = useState("");
  return <textarea id="draft" name="draft" rows={6} value={text} onChange={(event) => setText(event.target.value)} />;
}
