import { RELEASE } from "../../release";

/** Has the browser forget everything of a client that runs another release than the server's. */
export async function POST(request: Request) {
  const cleared = request.headers.get("x-app-version") !== RELEASE; // A constant of the build, so never undefined.
  const headers = cleared ? { "clear-site-data": '"cache", "storage"' } : undefined;
  return Response.json({ cleared }, { headers });
}
