// Copy a card number; without a clipboard (plain HTTP from another machine) select it instead.
"use strict";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const said = document.getElementById("copied");
  try {
    await navigator.clipboard.writeText(button.dataset.copy.replaceAll(" ", ""));
    said.textContent = button.dataset.copy + " copied";
    const label = button.firstChild;
    label.textContent = "Copied";
    setTimeout(() => { label.textContent = "Copy"; }, 1500);
  } catch {
    const number = button.closest("tr").querySelector(".number");
    getSelection().selectAllChildren(number);
    said.textContent = "Selected; copy it with your keyboard";
  }
});
