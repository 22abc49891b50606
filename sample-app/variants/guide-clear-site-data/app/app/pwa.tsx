"use client";

import { useEffect } from "react";
import { RELEASE } from "./release";

/** Asks the server whether the version that this visitor has stored is stale. */
async function checkForStaleCache() {
  // The guide reads it and leaves open who writes it.
  if (!localStorage.getItem("app_version")) localStorage.setItem("app_version", RELEASE);
  try {
    const response = await fetch("/api/clear-cache", {
      method: "POST",
      headers: { "x-app-version": localStorage.getItem("app_version") || "" },
      credentials: "include",
    });
    if (response.headers.has("clear-site-data")) window.location.reload();
  } catch (error) {
    console.warn("Cache check failed:", error);
  }
}

export function Pwa() {
  useEffect(() => {
    void checkForStaleCache();
  }, []);
  return null;
}
