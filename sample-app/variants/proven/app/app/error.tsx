"use client";

import { useEffect } from "react";
import { RELEASE } from "./release";

const LOST_CHUNK = /ChunkLoadError|Loading (CSS )?chunk|Failed to load chunk|dynamically imported module/;

/** Recovers from a lost chunk with one reload per tab and release; otherwise the user decides. */
export default function ErrorPage({ error }: { error: Error }) {
  useEffect(() => {
    const key = `recovered-${RELEASE}`;
    if (!LOST_CHUNK.test(`${error.name} ${error.message}`) || sessionStorage.getItem(key)) return;
    sessionStorage.setItem(key, "1");
    window.location.reload();
  }, [error]);

  return (
    <>
      <h1>This page failed</h1>
      <button onClick={() => window.location.reload()}>Reload</button>
    </>
  );
}
