"use client";

import { SerwistProvider } from "@serwist/turbopack/react";

/** Registers the worker that the route serves. */
export function Pwa() {
  return <SerwistProvider swUrl="/serwist/sw.js">{null}</SerwistProvider>;
}
