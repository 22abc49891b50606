/** Names the release in its own code (not by an import), so that its chunk has another name in each release. */
export default function Part() {
  const release = process.env.NEXT_PUBLIC_RELEASE;
  return (
    <section id="lazy-part" data-release={release}>
      A part of release {release}, loaded on demand.
    </section>
  );
}
