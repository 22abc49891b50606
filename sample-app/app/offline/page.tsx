export default function Offline() {
  return (
    <>
      <h1 id="offline">Offline</h1>
      <p>This page is not available without a network.</p>
    </>
  );
}
