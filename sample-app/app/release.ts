/** The release this code was built as; inlined at build time on the server and in the browser. */
export const RELEASE = process.env.NEXT_PUBLIC_RELEASE ?? "dev";
