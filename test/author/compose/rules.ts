/** The names of all rules of preflight compose: a fixture shows each, and its page explains it. */
export const RULES = (
  "circle compose-file early-healthy env-file env-file-missing extends idle-start-interval include localhost no-condition " +
  "no-healthcheck no-restart not-awaited obsolete-version old-format other-network plain-secret restart-fights " +
  "restart-on-failure short-start-period slow-interval unknown-dependency unknown-host unknown-key unset-variable variable " +
  "wrong-port yaml"
).split(" ");
