"use client";

import { useEffect, useRef, useState } from "react";

const KEY = "draft";

/** A draft that survives the reload of its tab, until it is sent. */
export function Draft() {
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState("");

  useEffect(() => {
    const saved = sessionStorage.getItem(KEY);
    if (saved) setText(saved);
    const form = field.current?.form;
    const forget = () => sessionStorage.removeItem(KEY);
    form?.addEventListener("submit", forget);
    return () => form?.removeEventListener("submit", forget);
  }, []);

  const keep = (value: string) => {
    setText(value);
    sessionStorage.setItem(KEY, value);
  };
  return <textarea ref={field} id="draft" name="draft" rows={6} value={text} onChange={(event) => keep(event.target.value)} />;
}
