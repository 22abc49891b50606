// Leaves something in each kind of storage that a site has, or tells in which of them it still is.
async (leave) => {
  const NAME = "swapcheck-left-here";
  // A database that is opened without a version comes into being.
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
