/** Adds the style of a page that comes with its script. The page's policy takes no style element, so it goes into the sheet that is there. */
export function insertStyle(text: string): void {
  const sheet = [...document.styleSheets].find((one) => one.href?.includes('/assets/')) ?? document.styleSheets[0];
  sheet?.insertRule(`@media all{${text}}`, sheet.cssRules.length);
}
