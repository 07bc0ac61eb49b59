// Puts a value into a field of a form, of whatever kind it is.

export function setField(field, value, shown) {
  if (field.matches("[data-lookup-value], [data-many-value]")) {
    field.closest("[data-lookup], [data-many]").dispatchEvent(new CustomEvent("restore", { detail: { id: value, label: shown ?? "" } }));
  } else if (field.type === "checkbox" || field.type === "radio") field.checked = field.value === value;
  else if (field.type !== "hidden") field.value = value;
  field.dispatchEvent(new CustomEvent("restore"));
}
