/* Counts the steps of a reveal as its tiers are chosen; without this the button asks the server. */

const tiers = document.querySelector("[data-reveal-tiers]");
if (tiers) {
  const sum = tiers.querySelector("[data-steps-sum]");
  const chosen = () => [...tiers.querySelectorAll("select")].map((one) => Number(one.selectedOptions[0].dataset.steps));
  tiers.querySelector("button[value=count]").hidden = true;
  tiers.addEventListener("change", () => { sum.textContent = chosen().reduce((all, one) => all + one, 2); });
}
