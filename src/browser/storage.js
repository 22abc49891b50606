// Stores data in each kind of storage of the site, or reports which kinds still contain it.
async (leave) => {
  const NAME = "swapcheck-left-here";
  // Opening a database creates it if it does not exist.
  const database = () =>
    new Promise((resolve, reject) => {
      const open = indexedDB.open(NAME);
      open.onupgradeneeded = () => open.result.createObjectStore(NAME);
      open.onsuccess = () => resolve(open.result);
      open.onerror = () => reject(open.error);
    });
  const write = async () => {
    const opened = await database();
    const writing = opened.transaction(NAME, "readwrite");
    writing.objectStore(NAME).put("yes", NAME);
    await new Promise((resolve, reject) => {
      writing.oncomplete = resolve;
      writing.onabort = () => reject(writing.error);
    });
    opened.close();
  };
  if (leave) {
    localStorage.setItem(NAME, "yes");
    document.cookie = `${NAME}=yes; path=/; max-age=86400`;
    await write();
  }
  const databases = await indexedDB.databases();
  return [
    localStorage.getItem(NAME) === "yes" && "local-storage",
    databases.some(({ name }) => name === NAME) && "indexed-db",
    document.cookie.includes(`${NAME}=yes`) && "cookie",
  ].filter(Boolean);
}
