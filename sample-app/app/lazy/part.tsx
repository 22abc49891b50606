/** Contains the release in its own code (not through an import), so that its chunk has a different name per release. */
export default function Part() {
  const release = process.env.NEXT_PUBLIC_RELEASE;
  return (
    <section id="lazy-part" data-release={release}>
      A part of release {release}, loaded on demand.
    </section>
  );
}
