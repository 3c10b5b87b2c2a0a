// The linter: type-aware rules, and bans on what the compiler accepts and gets wrong (docs in CONTRIBUTING.md).
import tseslint from "typescript-eslint";

/** Uint8Array and Buffer abort the binary when they are indexed out of range. */
const byteIndex = {
  meta: {
    type: "problem",
    schema: [],
    messages: { found: "A byte index out of range aborts the binary: use readUInt8 behind a length test." },
  },
  create(context) {
    const services = context.sourceCode.parserServices;
    return {
      "MemberExpression[computed=true]"(node) {
        const name = services.getTypeAtLocation(node.object).getSymbol()?.getName() ?? "";
        if (/^(Buffer|Uint8Array|NonSharedBuffer)$/.test(name)) context.report({ node, messageId: "found" });
      },
    };
  },
};

/** A regular expression with flag g or y aborts the binary under test and exec. */
const statefulRegex = {
  meta: {
    type: "problem",
    schema: [],
    messages: { found: "Flags g and y belong to matchAll, replace and split: test and exec abort with them." },
  },
  create(context) {
    return {
      "Literal[regex]"(node) {
        const call = node.parent;
        const takes =
          /^(matchAll|replace|split)$/.test(call.callee?.property?.name ?? "") && call.arguments?.includes(node);
        if (/[gy]/.test(node.regex.flags) && !takes) context.report({ node, messageId: "found" });
      },
    };
  },
};

const blocking = ["node:tls", "node:dgram", "node:http", "node:https", "node:dns", "node:http2"];
const ban = (names, message) => names.map((name) => ({ name, message }));

export default tseslint.config(
  { ignores: ["dist/", "build/", "node_modules/", "bin/", "eslint.config.js"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-empty-function": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/explicit-module-boundary-types": "error",
    },
  },
  {
    // what the binary is made of
    files: ["src/**/*.ts", "checks/**/*.ts"],
    ignores: ["src/author/**"], // runs on Node only
    plugins: { preflight: { rules: { "byte-index": byteIndex, "stateful-regex": statefulRegex } } },
    rules: {
      "preflight/byte-index": "error",
      "preflight/stateful-regex": "error",
      "@typescript-eslint/no-use-before-define": ["error", { functions: false, classes: false, variables: false }],
      "@typescript-eslint/prefer-readonly": "error",
      "no-restricted-syntax": [
        "error",
        {
          selector: "TSNonNullExpression > MemberExpression[computed=true]",
          message: "An element read with ! aborts the binary when it is out of range: use .at(), or ?? with a default.",
        },
      ],
      "no-restricted-properties": [
        "error",
        {
          object: "process",
          property: "env",
          message: "src/host/environment.ts reads it: other forms copy the whole environment.",
        },
      ],
      "no-restricted-imports": [
        "error",
        { paths: ban(blocking, "It blocks the only thread, or leaves the LLVM tier: use src/net/.") },
      ],
    },
  },
  {
    files: ["src/os/*.ts", "src/host/environment.ts"],
    rules: { "no-restricted-imports": "off", "no-restricted-properties": "off" },
  },
  {
    // tap's assertions are promises in name only
    files: ["test/**/*.ts", "scripts/**/*.ts"],
    rules: { "@typescript-eslint/no-floating-promises": "off", "@typescript-eslint/no-unnecessary-condition": "off" },
  },
);
