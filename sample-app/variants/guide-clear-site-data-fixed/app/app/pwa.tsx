"use client";

import { useEffect } from "react";
import { RELEASE } from "./release";

/** Asks the server whether this release is stale, at most once a minute. */
async function checkForStaleCache() {
  const last = Number(sessionStorage.getItem("reset_at"));
  if (Date.now() - last < 60_000) return; // Two alternating servers would reset the tab forever.
  const response = await fetch("/api/clear-cache", { method: "POST", headers: { "x-app-version": RELEASE } });
  const { cleared } = await response.json(); // Scripts cannot read the header.
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
