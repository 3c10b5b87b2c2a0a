/** The one place that says which version this is; a test holds package.json to it. */
export const VERSION = "0.1.0";
