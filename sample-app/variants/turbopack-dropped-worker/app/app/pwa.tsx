"use client";

import { useEffect } from "react";

/** Registers the worker. */
export function Pwa() {
  useEffect(() => {
    void navigator.serviceWorker?.register("/sw.js");
  }, []);
  return null;
}
