"use client";

import { lazy, Suspense, useState } from "react";

const Part = lazy(() => import("./part"));

/** Fetches the part's chunk on the first click, not before. */
export function Opener() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button id="load-lazy" onClick={() => setOpen(true)}>
        Load the part
      </button>
      {open && (
        <Suspense fallback={<p>Loading…</p>}>
          <Part />
        </Suspense>
      )}
    </>
  );
}
