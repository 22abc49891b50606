/** Clears the browser's data if the client sends another version than the server's. */
export async function POST(request: Request) {
  const currentVersion = process.env.APP_VERSION;
  const clientVersion = request.headers.get("x-app-version");

  // Only for stale clients.
  if (clientVersion && clientVersion !== currentVersion) {
    return new Response(JSON.stringify({ cleared: true }), {
      headers: {
        "Content-Type": "application/json",
        "Clear-Site-Data": '"cache", "storage"',
      },
    });
  }
  return new Response(JSON.stringify({ cleared: false }));
}
