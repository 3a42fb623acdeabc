/* What stands in an item's fields, whatever its kind: cards to pick, selects that give rows a value, blanks to fill. */

const fields = (root) => [...root.querySelectorAll("[name=choices]")];
const isText = (field) => field.type === "text";
const isRow = (field) => field.tagName === "SELECT";

/** The answer as the server takes it; blanks keep their places, everything empty is an empty list. */
export function read(root) {
  const all = fields(root);
  const values = all.filter((field) => isText(field) || (isRow(field) ? field.value : field.checked));
  const answer = values.map((field) => field.value.trim());
  return answer.some(Boolean) ? answer : [];
}

/** Put an answer into the fields. */
export function write(root, answer) {
  fields(root).forEach((field, index) => {
    if (isText(field)) field.value = answer[index] ?? "";
    else if (isRow(field)) choose(field, answer);
    else field.checked = answer.includes(field.value);
  });
}

function choose(field, answer) {
  const values = [...field.options].map((option) => option.value);
  field.value = values.find((value) => value && answer.includes(value)) ?? "";
  field.dataset.was = field.value;
}

const given = (value) => value.split(":")[1] ?? "";

/** Two rows never hold the same place or target: the row that had it gets what the changed one had before. */
export function untangle(root, changed) {
  if (!isRow(changed)) return;
  const before = given(changed.dataset.was ?? "");
  const twin = fields(root).find((field) => field !== changed && field.value && given(field.value) === given(changed.value));
  if (twin) {
    const free = [...twin.options].find((option) => before && given(option.value) === before);
    twin.value = free?.value ?? "";
    twin.dataset.was = twin.value;
  }
  changed.dataset.was = changed.value;
}

/** Whether nothing is left open. */
export function isAnswered(root) {
  const all = fields(root);
  const isOpen = (field) => (isText(field) || isRow(field)) && !field.value.trim();
  return all.some((field) => isText(field) || isRow(field)) ? !all.some(isOpen) : all.some((field) => field.checked);
}
