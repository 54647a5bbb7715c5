/** The package's version; a test holds it equal to package.json. A constant, so that loading the core reads no file. */
export const VERSION = '0.1.0';
