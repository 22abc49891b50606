"use client";

import { useEffect } from "react";
import { RELEASE } from "./release";

/** Asks the server whether the release that runs here is stale, at most once a minute. */
async function checkForStaleCache() {
  const last = Number(sessionStorage.getItem("reset_at"));
  if (Date.now() - last < 60_000) return; // Two servers that take turns would reset the tab for ever.
  const response = await fetch("/api/clear-cache", { method: "POST", headers: { "x-app-version": RELEASE } });
  const { cleared } = await response.json(); // No script can read the header.
  if (!cleared) return;
  sessionStorage.setItem("reset_at", String(Date.now()));
  window.location.reload();
}

export function Pwa() {
  useEffect(() => {
    checkForStaleCache().catch((error) => console.warn("the check for a stale cache failed:", error));
  }, []);
  return null;
}
