// Two pages rated one item differently: both answers are shown, and the coder chooses.

const shown = new WeakMap();

export function showConflict(item, conflict, { keepTheirs, keepMine }) {
  const words = conflict && [item.describe(conflict.theirs), item.describe(conflict.mine)];
  const key = JSON.stringify(words);
  // Writing the same words again would make a screen reader repeat them.
  if (shown.get(item) === key) {
    return;
  }
  shown.set(item, key);
  const box = item.conflictBox;
  box.hidden = conflict === undefined;
  if (conflict) {
    const [theirs, mine] = words;
    box.querySelector("[data-theirs]").textContent = theirs;
    box.querySelector("[data-mine]").textContent = mine;
    const [takeTheirs, takeMine] = box.querySelectorAll("button");
    takeTheirs.onclick = keepTheirs;
    takeMine.onclick = keepMine;
  }
}
