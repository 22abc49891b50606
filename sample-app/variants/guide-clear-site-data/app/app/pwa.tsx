"use client";

import { useEffect } from "react";
import { RELEASE } from "./release";

/** Asks the server whether the visitor's stored version is stale. */
async function checkForStaleCache() {
  // The guide reads it, but never writes it.
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
