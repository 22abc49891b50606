/** The release of this build; inlined at build time on the server and in the browser. */
export const RELEASE = process.env.NEXT_PUBLIC_RELEASE ?? "dev";
