// Files beside the page: JSON, bytes and modules. An Error names the one that did not come, and says what to do.

const lost = (path, cause) =>
  new Error(`${path} could not be loaded. Reload the page, or run make demo again.`, { cause });

export async function readJson(path) {
  return new Response(await readBytes(path)).json();
}

/** arrived(count) is called for every piece, with its bytes. */
export async function readBytes(path, arrived = () => {}) {
  const transform = (piece, stream) => {
    arrived(piece.length);
    stream.enqueue(piece);
  };
  try {
    const answer = await fetch(path);
    if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
    const counted = answer.body.pipeThrough(new TransformStream({ transform }));
    return new Uint8Array(await new Response(counted).arrayBuffer());
  } catch (error) {
    throw lost(path, error);
  }
}

export async function importModule(path) {
  try {
    return await import(`./${path}`);
  } catch (error) {
    throw lost(path, error);
  }
}
