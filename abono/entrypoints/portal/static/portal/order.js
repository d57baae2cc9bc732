// The tax id is called after the country.
"use strict";

const country = document.getElementById("id_country");
country.addEventListener("change", () => {
  const name = country.selectedOptions[0].dataset.taxId;
  document.querySelector("[data-tax-id-name]").textContent = name ? ` (${name})` : "";
});
