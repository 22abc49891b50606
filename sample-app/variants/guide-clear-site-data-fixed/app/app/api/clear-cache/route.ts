import { RELEASE } from "../../release";

/** Clears the browser's data if the client runs another release than the server. */
export async function POST(request: Request) {
  const cleared = request.headers.get("x-app-version") !== RELEASE; // A build constant, so never undefined.
  const headers = cleared ? { "clear-site-data": '"cache", "storage"' } : undefined;
  return Response.json({ cleared }, { headers });
}
