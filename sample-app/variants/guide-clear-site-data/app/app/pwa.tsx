"use client";

import { useEffect } from "react";
import { RELEASE } from "./release";

/** Tells the endpoint which version this visitor has stored. */
async function check() {
  const version = localStorage.getItem("app_version") ?? RELEASE;
  localStorage.setItem("app_version", version); // The guide reads it and leaves open who writes it.
  const response = await fetch("/api/clear-cache", {
    method: "POST",
    headers: { "x-app-version": version },
    credentials: "include",
  });
  if (response.headers.has("clear-site-data")) window.location.reload();
}

export function Pwa() {
  useEffect(() => {
    check().catch((error) => console.warn("the check for a stale cache failed:", error));
  }, []);
  return null;
}
