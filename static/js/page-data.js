/** What the server tells the scripts of a page: the person's keys and, where it is not English, the texts. */
const block = document.querySelector("#page-data");

export const pageData = block ? JSON.parse(block.textContent) : { keys: {} };
