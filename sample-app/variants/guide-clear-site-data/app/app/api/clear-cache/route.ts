export const dynamic = "force-dynamic";

/** Has the browser forget everything of a client that tells another version than the server's. */
export function POST(request: Request) {
  const version = request.headers.get("x-app-version");
  if (!version || version === process.env.APP_VERSION) return Response.json({ cleared: false });
  return Response.json({ cleared: true }, { headers: { "clear-site-data": '"cache", "storage"' } });
}
