"use client";

import { useEffect, useState } from "react";

const KEY = "draft";

/** A draft that survives a reload of its tab, and a server that no longer knows its form, until it is saved. */
export function Draft({ saved }: { saved: boolean }) {
  const [text, setText] = useState("");

  useEffect(() => {
    const kept = sessionStorage.getItem(KEY);
    if (kept) setText(kept);
  }, []);
  useEffect(() => {
    if (saved) sessionStorage.removeItem(KEY);
  }, [saved]);

  const keep = (value: string) => {
    setText(value);
    sessionStorage.setItem(KEY, value);
  };
  return <textarea id="draft" name="draft" rows={6} value={text} onChange={(event) => keep(event.target.value)} />;
}
