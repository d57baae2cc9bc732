// The price page follows what is chosen. It does no sums: the server wrote out every total and volume.
"use strict";

const data = JSON.parse(document.getElementById("prices").textContent);
const form = document.getElementById("choose");
const plan = document.getElementById("plan");

function show(name, text) {
  for (const place of document.querySelectorAll(`[data-show="${name}"]`)) place.textContent = text;
}

// Addresses on this page carry the choice on: the plans' buttons, and this page in other languages.
function carry(link, values) {
  const url = new URL(link.href);
  for (const [name, value] of Object.entries(values)) url.searchParams.set(name, value);
  link.href = url;
}

function update() {
  const chosen = form.elements.package.value;
  const [monthly, first, trial, yearly] = data.totals[`${plan.value} ${chosen}`];
  show("package", data.packages[chosen].name);
  show("monthly", monthly);
  show("first", first);
  show("trial", trial);
  show("yearly", yearly);
  show("action", data.actions[plan.value]);

  const rows = document.querySelectorAll("[data-volumes] tr:not(.detail)");
  data.packages[chosen].volumes.forEach(([price, count], place) => {
    rows[place].cells[1].textContent = price;
    rows[place].cells[2].firstElementChild.textContent = count;
  });

  for (const link of document.querySelectorAll('.plan-table a[href^="/"]')) carry(link, { package: chosen });
  for (const link of document.querySelectorAll("[data-carries]")) carry(link, { package: chosen, plan: plan.value });
  const [currency, interval] = [form.elements.currency.value, form.elements.interval.value];
  for (const link of document.querySelectorAll("a[hreflang]")) {
    carry(link, { currency, interval, package: chosen, plan: plan.value });
  }
}

// On a phone the plans are tabs: the tab that is open is the plan that is added up, when it has a price.
const tabs = [...document.querySelectorAll('[name="plan-shown"]')];
const nameOf = (tab) => tab.parentElement.textContent.trim();

function showTab() {
  const name = plan.selectedOptions[0].textContent;
  for (const tab of tabs) if (nameOf(tab) === name) tab.checked = true;
}

for (const tab of tabs) {
  tab.addEventListener("change", () => {
    const option = [...plan.options].find((one) => one.textContent === nameOf(tab));
    if (!option) return;
    option.selected = true;
    update();
  });
}
plan.addEventListener("change", () => { showTab(); update(); });
form.addEventListener("change", update);

document.documentElement.classList.add("scripted");
showTab();
update();
