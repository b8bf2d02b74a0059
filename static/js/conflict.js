// Two pages rated one item differently: both answers are shown, and the coder chooses.

const shown = new WeakMap();

export function showConflict(item, conflict, { keepTheirs, keepMine }) {
  // Writing the same words again would make a screen reader repeat them.
  if (shown.get(item) === conflict) {
    return;
  }
  shown.set(item, conflict);
  const box = item.conflictBox;
  box.hidden = conflict === undefined;
  if (conflict) {
    box.querySelector("[data-theirs]").textContent = item.describe(conflict.theirs);
    box.querySelector("[data-mine]").textContent = item.describe(conflict.mine);
    const [takeTheirs, takeMine] = box.querySelectorAll("button");
    takeTheirs.onclick = () => keepTheirs(item);
    takeMine.onclick = () => keepMine(item, conflict.mine);
  }
}
