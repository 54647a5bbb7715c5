import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Reading what is typed `any` (a parsed answer, a JavaScript value) is fine where the reading is itself the check. */
const looseReads = {
  '@typescript-eslint/no-unsafe-argument': 'off',
  '@typescript-eslint/no-unsafe-assignment': 'off',
  '@typescript-eslint/no-unsafe-call': 'off',
  '@typescript-eslint/no-unsafe-member-access': 'off',
  '@typescript-eslint/no-unsafe-return': 'off',
};

export default tseslint.config(
  { ignores: ['dist_ts/', 'node_modules/', '.cache/', 'coverage/'] },
  // A rule is changed here, with its reason, and not by a comment somewhere: such a comment is reported.
  { linterOptions: { noInlineConfig: true } },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // What is thrown by others is passed on as it is.
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      // An async function without await keeps a contract (handlers, start and stop).
      '@typescript-eslint/require-await': 'off',
      // Methods of others are taken, wrapped and put back.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  { files: ['ts/**/*.ts'], ignores: ['ts/cli/**'], rules: { 'no-console': 'error' } },
  { files: ['test/**/*.ts', 'bench/**/*.ts'], rules: looseReads },
  {
    files: ['**/*.mjs'],
    // The globals are those of the node that runs the linter; types are inferred, so the rules on promises hold.
    languageOptions: {
      globals: Object.fromEntries(Object.getOwnPropertyNames(globalThis).map((name) => [name, 'readonly'])),
    },
    rules: looseReads,
  },
);
