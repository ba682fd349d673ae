// What the player keeps in this browser (IndexedDB): values by name, and a row for each sound that it really played.

const NAME = "loa-player";
let opened = null;

function open() {
  opened ??= new Promise((done, failed) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("kept");
      asked.result.createObjectStore("log", { keyPath: "id" }).createIndex("station", "station");
    };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
  return opened;
}

// Resolves when it is on the disk, not when it was asked for.
async function within(store, mode, work) {
  const database = await open();
  return new Promise((done, failed) => {
    const change = database.transaction(store, mode, mode === "readwrite" ? { durability: "strict" } : undefined);
    const asked = work(change.objectStore(store));
    change.oncomplete = () => done(asked.result);
    change.onabort = change.onerror = () => failed(change.error);
  });
}

export const get = (name) => within("kept", "readonly", (store) => store.get(name));
export const put = (name, value) => within("kept", "readwrite", (store) => store.put(value, name));
export const forget = (name) => within("kept", "readwrite", (store) => store.delete(name));
export const rowsOf = (station) => within("log", "readonly", (store) => store.index("station").getAll(station));
export const putRow = (row) => within("log", "readwrite", (store) => store.put(row));
export const removeRow = (id) => within("log", "readwrite", (store) => store.delete(id));
